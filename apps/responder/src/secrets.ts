import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Clock } from '@entity-lockdown/core';
import type { Secret } from '@entity-lockdown/intake';
import { awsErrorCode } from '@entity-lockdown/plugin-api';

export interface Secrets {
  /** What a request must give. */
  readonly request: Secret;
  /** What the roles in the accounts ask for. */
  readonly memberExternalId: string;
}

export interface SecretReader {
  /** The secrets, as they were read within the last minutes. */
  current(): Promise<Secrets>;
  /** Reads them ahead of time, where they were read some minutes ago: so that no message waits for it. Never throws. */
  readAhead(): Promise<void>;
  /** Read again, unless that was done a moment ago: for a message that does not fit, since the secret may have been changed. */
  fresh(): Promise<Secrets>;
}

const keptMs = 5 * 60_000;
/** The sweep comes every minute: what it leaves serves until the next one. */
const aheadMs = 3.5 * 60_000;
/** Wrong messages must not become calls to Secrets Manager without end. */
const freshMs = 10_000;

export function secretReader(client: SecretsManagerClient, secretArn: string, clock: Clock): SecretReader {
  let known: { readonly at: number; readonly secrets: Secrets } | undefined;
  let asking: Promise<Secrets> | undefined;

  async function ask(): Promise<Secrets> {
    const at = clock.now();
    const secrets = await read(client, secretArn);
    known = { at, secrets };
    return secrets;
  }

  async function within(ms: number): Promise<Secrets> {
    if (known !== undefined && clock.now() - known.at < ms) return known.secrets;
    const isFirst = asking === undefined;
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    // What fails for somebody else is tried again for this one.
    return await (isFirst ? asking : asking.catch(ask));
  }

  return {
    current: () => within(keptMs),
    fresh: () => within(freshMs),
    async readAhead() {
      // Where it fails, it is read again by the first who needs it.
      await within(aheadMs).catch(() => {});
    },
  };
}

async function read(client: SecretsManagerClient, SecretId: string): Promise<Secrets> {
  const [current, previous] = await Promise.all([
    value(client, SecretId, 'AWSCURRENT'),
    value(client, SecretId, 'AWSPREVIOUS').catch((error: unknown) => {
      // A secret that was never changed has no previous version.
      if (awsErrorCode(error) === 'ResourceNotFound') return undefined;
      throw error;
    }),
  ]);
  const { requestExternalId, memberExternalId } = current ?? {};
  if (!isGiven(requestExternalId) || !isGiven(memberExternalId))
    throw new Error('The secret is not JSON with requestExternalId and memberExternalId.');
  const before = previous?.requestExternalId;
  return { request: { current: requestExternalId, ...(isGiven(before) && { previous: before }) }, memberExternalId };
}

type Stored = { readonly requestExternalId?: unknown; readonly memberExternalId?: unknown };

async function value(client: SecretsManagerClient, SecretId: string, VersionStage: string): Promise<Stored | undefined> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId, VersionStage }));
  try {
    const parsed: unknown = JSON.parse(SecretString ?? '');
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    // JSON's own error quotes what it could not read.
    return undefined;
  }
}

function isGiven(text: unknown): text is string {
  return typeof text === 'string' && text !== '';
}
