import { shown } from '@entity-lockdown/core';
import { isRegion } from '@entity-lockdown/plugin-api';
import type { Env } from '../io.ts';
import { usageError } from '../usage-error.ts';
import { externalIdFrom } from './external-id.ts';

/** How AWS is reached, as far as it was said. */
export interface Connection {
  readonly profile?: string;
  readonly region?: string;
  readonly endpointUrl?: string;
  readonly roleName?: string;
  /** Secret. */
  readonly externalId?: string;
}

export interface ConnectionOptions {
  readonly profile?: string;
  readonly region?: string;
  readonly endpointUrl?: string;
  readonly roleName?: string;
  readonly externalId?: string;
  readonly externalIdFile?: string;
}

/** The options that say how AWS is reached, checked. */
export function connectionFrom(options: ConnectionOptions, env: Env): Connection {
  const { profile, region, endpointUrl } = options;
  const roleName = options.roleName ?? (env.LOCKDOWN_ROLE_NAME || undefined);
  const externalId = externalIdFrom(options, env);
  if (region !== undefined && !isRegion(region))
    throw usageError(`${shown(region)} is not an AWS Region.`, 'Give one such as us-east-1.');
  if (profile !== undefined && (profile === '' || profile.startsWith('-') || /\p{Cc}/u.test(profile)))
    throw usageError(`${shown(profile)} is not the name of a profile.`, 'aws configure list-profiles lists them.');
  // A path, and a name of 1 to 64 characters: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
  if (roleName !== undefined && !/^([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/.test(roleName))
    throw usageError(
      `${shown(roleName)} is not the name of a role.`,
      "Give the name alone (or path/name), not an ARN: the role is looked for in each entity's account.",
    );
  if (externalId !== undefined && roleName === undefined)
    throw usageError(
      'An external id was given, but no role that it is for.',
      'Give --role-name NAME too, or leave out --external-id, --external-id-file and LOCKDOWN_EXTERNAL_ID.',
    );
  if (endpointUrl !== undefined) checkEndpoint(endpointUrl);
  return {
    ...(profile !== undefined && { profile }),
    ...(region !== undefined && { region }),
    ...(endpointUrl !== undefined && { endpointUrl }),
    ...(roleName !== undefined && { roleName }),
    ...(externalId !== undefined && { externalId }),
  };
}

function checkEndpoint(given: string): void {
  const url = URL.parse(given);
  if (url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '') return;
  throw usageError(`${shown(given)} is not the address of an endpoint.`, 'Give one such as https://HOST:PORT.');
}
