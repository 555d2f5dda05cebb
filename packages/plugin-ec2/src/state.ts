import type { PrincipalState } from '@entity-lockdown/iam-deny';

/** What `inspect` sees of an instance and of what belongs to it. Plain JSON; its user data and tags are not in it. */
export interface InstanceState {
  /** The instance's ARN. */
  readonly arn: string;
  /** What EC2 tells of the instance; null where there is none, or none any more. */
  readonly instance: Instance | null;
  /** The interfaces attached, and those that were wanted of it once, by ARN. */
  readonly interfaces: { readonly [arn: string]: NetworkInterface };
  /** Our own groups, by the symbol that stands for each: `<VPC ARN>#untrack`, `<VPC ARN>#isolation`. */
  readonly groups: { readonly [symbol: string]: OwnGroup };
  readonly protection: Protection;
  /** The instance profile; null where it has none. */
  readonly profile: InstanceProfile | null;
  /** Roles that the ledger knows, as they are, by `principalOn`. */
  readonly roles: { readonly [on: string]: PrincipalState };
  /** Whether the profiles of the known roles may not be listed: every look takes a round trip more. */
  readonly profilesUnlisted?: boolean;
}

export interface Instance {
  readonly id: string;
  /** pending, running, stopping, stopped, shutting-down or terminated. */
  readonly state: string;
  readonly spot: boolean;
  /** Whether its root volume is its host's own disk: such an instance can't be stopped. */
  readonly instanceStore: boolean;
  /** The AWS service that manages it, where one does. */
  readonly operator: string | null;
  readonly autoScalingGroup: string | null;
  /** Interfaces in secondary networks, which have no groups. */
  readonly secondaryInterfaces: number;
}

export interface NetworkInterface {
  readonly id: string;
  readonly vpc: string;
  readonly owner: string;
  /** Security group ids in their order. */
  readonly groups: readonly string[];
  /** Those among them that have our name and that EC2 does not describe yet: nobody can tell whose they are. */
  readonly unseen?: readonly string[];
  /** Whether it is attached to this instance. */
  readonly attached: boolean;
  /** The AWS service that manages it, where one does: nobody else may change it. */
  readonly manager: string | null;
  /** `interface`, `efa`, `trunk`, ... */
  readonly type: string;
}

/** A security group of ours. */
export interface OwnGroup {
  readonly id: string;
  /** Whether its rules are what they are to be: else it was tampered with, or is not finished yet. */
  readonly ready: boolean;
  /** Further groups of ours for the same purpose in the same VPC, from two processes that began at once. */
  readonly spare: readonly string[];
}

/** Each null where it could not be read. */
export interface Protection {
  readonly termination: boolean | null;
  readonly stop: boolean | null;
  readonly shutdownBehavior: 'stop' | 'terminate' | null;
}

export interface InstanceProfile {
  readonly arn: string;
  readonly exists: boolean;
  readonly roles: readonly { readonly arn: string; readonly id: string }[];
}
