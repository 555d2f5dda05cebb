import type { PrincipalState } from '@entity-lockdown/iam-deny';

/** What is seen of an IAM role. */
export interface RoleState {
  readonly principal: PrincipalState;
  /** Why there is nothing to contain, in a sentence. */
  readonly missing?: string;
}
