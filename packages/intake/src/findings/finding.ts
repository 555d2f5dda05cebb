import type { Severity } from './severity.ts';

/** A finding, whatever service it is from, as far as it counts here. All of its texts are safe to show. */
export interface Finding {
  /** The form that it came in. */
  readonly source: 'guardduty' | 'security-hub' | 'security-hub-v2';
  /** Who found it, such as GuardDuty. */
  readonly product: string;
  readonly id: string;
  /** Its types; the first is the one to show. A GuardDuty type in Security Hub's spelling stands in GuardDuty's too. */
  readonly types: readonly string[];
  readonly title: string;
  readonly severity: Severity;
  /** The account and the Region that it is about. */
  readonly account: string;
  readonly region: string;
  readonly updatedAt: string;
  readonly state: 'active' | 'archived' | 'suppressed' | 'resolved';
  /** Made by somebody to see what happens, about entities that do not exist. */
  readonly sample: boolean;
  readonly entities: readonly FoundEntity[];
  /** A person selected the finding and clicked on this custom action of Security Hub. */
  readonly action?: { readonly name: string; readonly arn: string };
}

export type FoundEntity = FoundReference | Unsupported;

/**
 * What part an entity has. An *actor* did what was found; a *target* suffered it. Where the finding does not say, it is `unknown`, which
 * contains nothing by itself.
 */
export type Part = 'actor' | 'target' | 'unknown';

/** An entity that can be contained by its ARN. */
export interface FoundReference {
  readonly kind: 'reference';
  readonly type: 'instance' | 'user' | 'role' | 'function';
  readonly part: Part;
  readonly arn: string;
  /** Set where the ARN was made from a name alone, so that it lacks the IAM path. Names are unique in an account. */
  readonly pathUnknown?: true;
}

/** Something in a finding that cannot be contained, and what to do instead. */
export interface Unsupported {
  readonly kind: 'unsupported';
  /** In the finding's words, such as `S3Bucket`. */
  readonly type: string;
  readonly id: string;
  readonly part: Part;
  /** Why not, and what to do, in sentences for a person. */
  readonly why: string;
  readonly instead: string;
}
