import type { PrincipalState } from '@entity-lockdown/iam-deny';

/** What `inspect` sees of a function and of what belongs to it. Plain JSON; nothing of its environment or code is in it. */
export interface FunctionState {
  /** The unqualified ARN. */
  readonly arn: string;
  readonly name: string;
  /** What Lambda tells of the function itself; null where there is none. */
  readonly configuration: Configuration | null;
  /** Reserved concurrency; null where none is set, which is not the same as 0. */
  readonly reserved: number | null;
  /** Provisioned concurrency that is asked for, by qualifier. */
  readonly provisioned: { readonly [qualifier: string]: number };
  /** The event source mappings that start the function, and those that were wanted of it once, by ARN. */
  readonly mappings: { readonly [arn: string]: EventSourceMapping };
  /** The full ARNs of execution roles that published versions keep, other than the one of `configuration`. */
  readonly versionRoles: readonly string[];
  /** Set where the versions could not be listed, so that roles of theirs may be missing. */
  readonly versionsUnread?: true;
  /** The execution roles and those that were denied for the function's sake before, by `principalOn`. */
  readonly roles: { readonly [on: string]: PrincipalState };
  /** Set where the aliases could not be listed, so that mappings to them may be missing. */
  readonly aliasesUnread?: true;
}

export interface Configuration {
  /** The full ARN of the execution role of `$LATEST`. */
  readonly role: string;
  /** Pending, Active, Inactive, Failed, ... */
  readonly state: string;
  /** Set while Lambda is still at an update. */
  readonly updating?: true;
  /** Set where it runs on Lambda Managed Instances. */
  readonly managedInstances?: true;
  /** Set where it has durable executions. */
  readonly durable?: true;
}

export interface EventSourceMapping {
  /** Creating, Enabling, Enabled, Disabling, Disabled, Updating or Deleting. */
  readonly state: string;
  /** Whether it starts this function still. */
  readonly ours: boolean;
}
