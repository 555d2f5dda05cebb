import { type UnconditionalDenySettings, unconditionalDenySettings } from '@entity-lockdown/iam-deny';
import type { Setting } from '@entity-lockdown/plugin-api';
import { type CredentialSetting, credentialStatus, type Status } from './settings/credential-status.ts';
import type { UserState } from './state.ts';

export type UserSettings = UnconditionalDenySettings<UserState> & {
  readonly [K in CredentialSetting]: Setting<UserState, Status>;
};

export const settings: UserSettings = {
  ...unconditionalDenySettings<UserState>(({ principal }, on) => (principal.on === on ? principal : undefined)),
  'iam.access-key.status': credentialStatus('iam.access-key.status'),
  'iam.service-specific-credential.status': credentialStatus('iam.service-specific-credential.status'),
  'iam.ssh-public-key.status': credentialStatus('iam.ssh-public-key.status'),
  'iam.signing-certificate.status': credentialStatus('iam.signing-certificate.status'),
};
