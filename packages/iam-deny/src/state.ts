import type { Warning } from '@entity-lockdown/plugin-api';
import type { PrincipalKind } from './principal.ts';

/** A deny policy under our name: not there, as we wrote it, or there with something else in it (to be repaired). */
export type DenyPolicy = null | 'deny' | 'altered';

/** What the deny settings need to know of an IAM user or role. Plain JSON, to be kept in a plugin's own state. */
export interface PrincipalState {
  readonly kind: PrincipalKind;
  /** The principal as the ledger names it, `principalOn(arn)`: stays what it was asked for, whatever the user is called by now. */
  readonly on: string;
  readonly exists: boolean;
  /** The name now, in the case in which it was made. */
  readonly name: string;
  /** The full ARN with path; the one asked for where the principal does not exist. */
  readonly arn: string;
  /** `AIDA...` or `AROA...`; empty where it does not exist. */
  readonly id: string;
  /** Who may assume the role, as its trust policy names them: ARNs, services, providers, `*`. Empty for a user. */
  readonly trusts: readonly string[];
  /** ARNs of all managed policies attached. */
  readonly attached: readonly string[];
  /** ARN of the policy that is the permissions boundary. */
  readonly boundary: string | null;
  /** The inline policy that denies everything. */
  readonly inlineDeny: DenyPolicy;
  /** The inline policies that deny everything to one source, by its ARN. */
  readonly conditionalDeny: { readonly [source: string]: DenyPolicy };
  /** The same as managed policies of ours. */
  readonly conditionalManagedDeny: { readonly [source: string]: DenyPolicy };
  /** Whether it has the tag of this ledger. */
  readonly marked: boolean;
  /** The mark of another ledger whose tag it has: contained by that one too, or forged. */
  readonly markedBy?: string;
  /** Actions that were denied to us while looking, where there is still something to be done without. */
  readonly unread?: readonly string[];
}

/** Open doors in what was seen: with these warnings, "contained" is not said. For a plugin's `warnings`. */
export function unreadGaps(principal: PrincipalState): readonly Warning[] {
  return (principal.unread ?? []).map((action) => ({
    gap: true,
    text: `${action} is denied to Entity Lockdown on the ${principal.kind} ${principal.name}: whether the deny stands there cannot be seen.`,
  }));
}

/**
 * The quarantine policies that AWS attaches to users whose keys leaked. They deny a list of actions, not all, and must stay.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html
 */
export function quarantinePolicies(principal: PrincipalState): readonly string[] {
  return principal.attached.filter((arn) => /:iam::aws:policy\/AWSCompromisedKeyQuarantine/.test(arn));
}
