/**
 * What is known of a plugin without running it: the core reads it from the plugin's `manifest.json` to choose a plugin, to derive
 * permissions and to offer options, and loads the plugin's code only when an entity of its type is asked for.
 */
export interface Manifest {
  /** The version of this contract. The core refuses a number that it does not know. */
  readonly api: 1;
  /** The name of the entity type, such as `aws.ec2.instance`. It is stored in records: never rename it. */
  readonly id: string;
  /** The entity type in words, singular, such as `EC2 instance`. */
  readonly title: string;
  /** Patterns of the ARNs that the plugin's `resolve` wants to see, those included that it refuses with a better word. */
  readonly match: readonly string[];
  /** What people give who have no ARN, by its first characters (`AKIA`), and what to tell them. */
  readonly hints?: readonly { readonly prefix: string; readonly say: string }[];
  readonly options?: { readonly [name: string]: Option };
  /** Every IAM action that the plugin calls. Nothing else is granted to it. */
  readonly grants: readonly Grant[];
}

/** An option of a containment, as data: the command line makes a flag of it, a message an attribute. */
export type Option =
  | { readonly kind: 'choice'; readonly title: string; readonly values: readonly string[]; readonly default: string }
  | { readonly kind: 'seconds'; readonly title: string; readonly least: number; readonly most: number; readonly default: number };

/** A permission that the plugin needs, and why. */
export interface Grant {
  /** Whether it is needed to contain, to release, or for both. */
  readonly sessions: readonly ('contain' | 'release')[];
  /** IAM actions, spelled out: `iam:GetUser`. Wildcards are refused. */
  readonly actions: readonly `${string}:${string}`[];
  /** ARN templates over `{partition}`, `{region}`, `{account}` and `{name}` (the entity's name), or `*` where the action knows no resource. */
  readonly resources: readonly string[];
  readonly conditions?: { readonly [operator: string]: { readonly [key: string]: string | readonly string[] } };
  readonly why: string;
  /** Set where the plugin works without it: what is lost then. */
  readonly optional?: string;
}
