import type { PrincipalState } from '@entity-lockdown/iam-deny';
import type { CredentialSetting, Status } from './settings/credential-status.ts';

/** What is seen of an IAM user. */
export interface UserState {
  readonly principal: PrincipalState;
  readonly credentials: readonly Credential[];
  /** Kinds of credentials that we were not allowed to list. */
  readonly unlisted: readonly CredentialSetting[];
  /** The id of another user that has the name now under which this one was contained. */
  readonly successor?: string;
  /** Why there is nothing to contain, in a sentence. */
  readonly missing?: string;
}

/** Something that lets its bearer act as the user, whatever became of the password. Never a secret: ids and states alone. */
export interface Credential {
  readonly setting: CredentialSetting;
  /** `AKIA...`, `ACCA...`, `APKA...`, or a certificate's id: unique, and never used again. */
  readonly id: string;
  readonly status: Status;
}
