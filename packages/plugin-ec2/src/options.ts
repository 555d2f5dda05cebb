/** The options of a containment, as the manifest offers them. */
export interface InstanceOptions {
  /** Whom the deny on the role is for: this instance alone, or all that uses the role. */
  readonly scope: 'instance' | 'role';
  /** Seconds that an interface rests in the untrack group. */
  readonly dwell: number;
}
