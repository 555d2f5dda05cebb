/** The options of a containment, as the manifest offers them. */
export interface FunctionOptions {
  /** Whom the deny on the execution role is for: everything that uses the role, or this function alone. */
  readonly scope: 'role' | 'function';
}
