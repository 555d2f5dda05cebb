import { inlineDeny, markPrincipal, principalOn, unconditionalDeny } from '@entity-lockdown/iam-deny';
import type { Change, Entity, Stage, Undo } from '@entity-lockdown/plugin-api';
import { credentialKinds } from './settings/credential-status.ts';
import type { UserSettings } from './settings.ts';
import type { UserState } from './state.ts';

/** The deny that needs nothing but the ARN. */
export function immediate(entity: Entity): readonly Change<UserSettings>[] {
  return [inlineDeny({ on: principalOn(entity.arn), arn: entity.arn })];
}

/**
 * All at once: two denies that do not rest on one another, and every credential inactive. Credentials that are inactive already are
 * wanted so too, lest they be activated meanwhile.
 */
export function plan(now: UserState): readonly Stage<UserSettings>[] {
  const { principal, credentials, missing } = now;
  if (missing !== undefined || !principal.exists) return [];
  const changes: readonly Change<UserSettings>[] = [
    ...unconditionalDeny(principal),
    ...credentials.map(({ setting, id }) => ({
      setting,
      on: `${principal.on}#${id}`,
      arn: principal.arn,
      to: 'Inactive' as const,
      title: `Make the ${credentialKinds[setting].title} ${id} inactive`,
    })),
    markPrincipal(principal),
  ];
  return [{ title: 'Deny everything to the user, and make its credentials inactive', changes }];
}

/** The deny goes last: whatever fails on the way leaves the user denied. */
export const release: readonly Undo<UserSettings>[] = [
  [
    'iam.access-key.status',
    'iam.service-specific-credential.status',
    'iam.ssh-public-key.status',
    'iam.signing-certificate.status',
  ],
  ['iam.principal.boundary', 'iam.principal.attached-deny', 'iam.principal.inline-deny'],
  'iam.principal.mark',
];
