import {
  type AwsClient,
  type AwsClientClass,
  arnOf,
  iamName,
  iamRegion,
  type Manifest,
  partitionOfRegion,
} from '@entity-lockdown/plugin-api';
import { type Clock, isoTime } from '../clock.ts';
import { failureOf, invalid, LockdownError } from '../failure.ts';
import { type Purpose, sessionPolicy } from '../policy.ts';
import { type ClientPool, type CreateClient, createClientPool, iamPrefix } from './client-pool.ts';
import { type CallGuard, guardedClient, unguarded } from './guarded-client.ts';

/** Who Entity Lockdown is. */
export interface CallerIdentity {
  readonly arn: string;
  readonly account: string;
  readonly partition: string;
}

/** Where an entity is. `region` is empty for global services. */
export interface Place {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
}

/** Access to one account, proven to be that account. */
export interface Session {
  /** The principal that acts there. */
  readonly actor: string;
  client<C extends AwsClient>(Client: AwsClientClass<C>, region: string, guard: CallGuard): C;
}

/** How AWS is reached. */
export interface AwsAccess {
  /** The identity behind the host's own credentials. Asked for once. */
  identity(): Promise<CallerIdentity>;
  /** Opens access to the place for one plugin and purpose, or re-uses what is open. Throws LockdownError. */
  open(place: Place, manifest: Manifest, purpose: Purpose): Promise<Session>;
  destroy(): void;
}

export interface AwsAccessOptions {
  readonly createClient: CreateClient;
  readonly clock: Clock;
  /** The Region for STS where the place has none. */
  readonly region: string;
  /** The name (with path, where it has one) of the role to assume in the entity's account. Without it, the host's own credentials serve their own account. */
  readonly roleName?: string;
  /** Given to AssumeRole as `sts:ExternalId`. Never logged, stored or shown. */
  readonly externalId?: string;
  /** Told of AWS's records of the sessions: CloudTrail shows it. */
  readonly sessionName: string;
}

interface AssumedSession extends Session {
  readonly expires: number;
  readonly pool: ClientPool;
}

const sessionSeconds = 3_600;
/** A session is not used in its last five minutes. */
const sessionMarginMs = 5 * 60_000;

export function createAwsAccess(options: AwsAccessOptions): AwsAccess {
  const base = createClientPool(options.createClient, undefined);
  const sessions = new Map<string, Promise<AssumedSession>>();
  let caller: Promise<CallerIdentity> | undefined;

  async function sts(
    region: string,
  ): Promise<{ client: import('@aws-sdk/client-sts').STSClient; module: typeof import('@aws-sdk/client-sts') }> {
    const module = await import('@aws-sdk/client-sts');
    return { module, client: guardedClient(base.client(module.STSClient, region), 'sts', unguarded) };
  }

  function identity(): Promise<CallerIdentity> {
    caller ??= askIdentity().catch((error: unknown) => {
      caller = undefined;
      throw error;
    });
    return caller;
  }

  async function askIdentity(): Promise<CallerIdentity> {
    try {
      const { client, module } = await sts(options.region);
      const answer = await client.send(new module.GetCallerIdentityCommand({}));
      return callerOf(answer.Arn);
    } catch (error) {
      throw asLockdownError(error, options.externalId);
    }
  }

  async function open(place: Place, manifest: Manifest, purpose: Purpose): Promise<Session> {
    if (options.roleName === undefined) return ownSession(place, await identity());
    const region = place.region === '' ? stsRegion(place.partition, options.region) : place.region;
    const key = JSON.stringify([place.partition, place.account, region, manifest.id, purpose]);
    const begun = sessions.get(key);
    if (begun !== undefined) {
      const known = await begun;
      if (known.expires - sessionMarginMs > options.clock.now()) return known;
      // Somebody who asked at the same time may have renewed it already.
      if (sessions.get(key) === begun) sessions.delete(key);
      return await open(place, manifest, purpose);
    }
    const session = assume(place, region, manifest, purpose, options.roleName);
    sessions.set(key, session);
    try {
      return await session;
    } catch (error) {
      if (sessions.get(key) === session) sessions.delete(key);
      throw error;
    }
  }

  /** The host's own credentials, for their own account only. */
  function ownSession(place: Place, own: CallerIdentity): Session {
    if (own.account !== place.account || own.partition !== place.partition) {
      throw invalid(
        'other-account',
        `The entity is in account ${place.account} (${place.partition}), the credentials are for account ${own.account} (${own.partition}).`,
        "Give --role-name NAME: a role of that name in the entity's account that these credentials may assume; or use credentials of that account.",
      );
    }
    return { actor: own.arn, client: (Client, region, guard) => guarded(base, Client, region, guard) };
  }

  async function assume(
    place: Place,
    region: string,
    manifest: Manifest,
    purpose: Purpose,
    roleName: string,
  ): Promise<AssumedSession> {
    const roleArn = `arn:${place.partition}:iam::${place.account}:role/${roleName}`;
    let answer: import('@aws-sdk/client-sts').AssumeRoleCommandOutput;
    try {
      const { client, module } = await sts(region);
      answer = await client.send(
        new module.AssumeRoleCommand({
          RoleArn: roleArn,
          RoleSessionName: options.sessionName,
          DurationSeconds: sessionSeconds,
          Policy: sessionPolicy(manifest, purpose, {
            partition: place.partition,
            account: place.account,
            ...(place.region !== '' && { region: place.region }),
          }),
          ...(options.externalId !== undefined && { ExternalId: options.externalId }),
        }),
      );
    } catch (error) {
      const told = asLockdownError(error, options.externalId);
      if (told.failure.code !== 'access-denied') throw told;
      const { failure } = told;
      throw new LockdownError('failed', {
        ...failure,
        code: 'cannot-assume-role',
        message: `The role ${roleArn} cannot be assumed: ${failure.message}`,
        on: roleArn,
        next: 'Check that the role exists there, that its trust policy names you and the same external id, and that you may call sts:AssumeRole on it.',
      });
    }
    const actor = callerOf(answer.AssumedRoleUser?.Arn);
    if (actor.account !== place.account || actor.partition !== place.partition || actor.arn.split('/')[1] !== iamName(roleName)) {
      throw new LockdownError('refused', {
        code: 'wrong-account',
        message: `Asked for ${roleArn}, AWS answered with a session of ${actor.arn}. Nothing was done.`,
        next: 'Check --role-name and --endpoint-url.',
        transient: false,
      });
    }
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
    if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
      throw new LockdownError('failed', {
        code: 'no-credentials',
        message: `AWS gave no credentials for ${roleArn}.`,
        next: 'Try again.',
        transient: true,
      });
    }
    const pool = createClientPool(options.createClient, {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    });
    return {
      actor: actor.arn,
      pool,
      expires: Expiration?.getTime() ?? options.clock.now() + sessionSeconds * 1_000,
      client: (Client, clientRegion, guard) => guarded(pool, Client, clientRegion, guard),
    };
  }

  return {
    identity,
    open,
    destroy() {
      base.destroy();
      for (const session of sessions.values()) session.then(({ pool }) => pool.destroy()).catch(() => {});
      sessions.clear();
    },
  };
}

function guarded<C extends AwsClient>(pool: ClientPool, Client: AwsClientClass<C>, region: string, guard: CallGuard): C {
  const client = pool.client(Client, region);
  return guardedClient(client, iamPrefix(client), guard);
}

function callerOf(arn: string | undefined): CallerIdentity {
  if (arn === undefined)
    throw new LockdownError('failed', {
      code: 'no-identity',
      message: 'AWS did not say whose credentials these are.',
      next: 'Check --endpoint-url.',
      transient: false,
    });
  const parsed = arnOf(arn);
  return { arn, account: parsed.account, partition: parsed.partition };
}

/** Any Region of the partition has an STS endpoint, that of IAM too. https://docs.aws.amazon.com/general/latest/gr/sts.html */
function stsRegion(partition: string, preferred: string): string {
  return partitionOfRegion(preferred) === partition ? preferred : iamRegion(partition, preferred);
}

/** STS quotes a malformed external id in its message: it is taken out before anybody sees it, and STS's own error is no cause of ours. */
function asLockdownError(error: unknown, secret: string | undefined): LockdownError {
  if (error instanceof LockdownError) return error;
  const failure = failureOf(error);
  const message = secret === undefined || secret === '' ? failure.message : failure.message.replaceAll(secret, '(external id)');
  return new LockdownError('failed', { ...failure, message });
}

/** The time a session's name tells, for CloudTrail: which record, which second. */
export function sessionNameFor(host: string, at: number): string {
  return `entity-lockdown-${host}-${isoTime(at).replaceAll(/[-:.]/g, '').slice(0, 15)}`
    .replaceAll(/[^\w+=,.@-]/g, '-')
    .slice(0, 64);
}
