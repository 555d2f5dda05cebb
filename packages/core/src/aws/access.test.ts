import { inspect } from 'node:util';
import type { AwsClient, Manifest } from '@entity-lockdown/plugin-api';
import { expect, test } from 'vitest';
import { LockdownError } from '../failure.ts';
import { toyClock } from '../testing/toy-host.ts';
import { toyManifest } from '../testing/toy-plugin.ts';
import { type AwsAccessOptions, createAwsAccess, type Place, sessionNameFor } from './access.ts';
import { commandName } from './guarded-client.ts';

const own = '111122223333';
const other = '444455556666';
const place: Place = { partition: 'aws', account: other, region: 'eu-west-1' };
const secret = 'planted-secret-77e1';

interface Asked {
  readonly command: string;
  readonly input: { readonly [name: string]: unknown };
  readonly region: string;
}

/** STS, as far as it is asked here: it answers as an account, or throws. */
interface FakeSts {
  /** The account that it assumes roles in, where that is not the one asked for. */
  account?: string;
  partition?: string;
  role?: string;
  error?: Error;
  withoutCredentials?: boolean;
  seconds?: number;
}

function setUp(options: Partial<AwsAccessOptions> = {}, sts: FakeSts = {}) {
  const clock = toyClock();
  const asked: Asked[] = [];
  const made: { readonly region: string; readonly credentials?: { readonly sessionToken?: string } }[] = [];
  const destroyed: string[] = [];
  const access = createAwsAccess({
    clock,
    region: 'eu-central-1',
    sessionName: 'entity-lockdown-test',
    createClient: (_Class, config) => {
      const given = config as { readonly region: string };
      made.push(given);
      const client = {
        config: { serviceId: 'STS' },
        middlewareStack: {},
        destroy: () => destroyed.push(given.region),
        async send(command: { readonly input: Asked['input'] }) {
          const name = commandName(command);
          asked.push({ command: name, input: command.input, region: given.region });
          if (sts.error !== undefined) throw sts.error;
          if (name === 'GetCallerIdentity') return { Arn: `arn:aws:iam::${own}:user/responder` };
          const [, partition, , , account, resource = ''] = String(command.input.RoleArn).split(':');
          const role = sts.role ?? resource.slice(resource.lastIndexOf('/') + 1);
          return {
            AssumedRoleUser: {
              Arn: `arn:${sts.partition ?? partition}:sts::${sts.account ?? account}:assumed-role/${role}/entity-lockdown-test`,
            },
            ...(sts.withoutCredentials !== true && {
              Credentials: {
                AccessKeyId: 'ASIA',
                SecretAccessKey: 's',
                SessionToken: `session ${asked.length}`,
                Expiration: new Date(clock.now() + (sts.seconds ?? 3_600) * 1_000),
              },
            }),
          };
        },
      };
      return client as unknown as never;
    },
    ...options,
  });
  return { access, asked, made, destroyed, clock, assumed: () => asked.filter(({ command }) => command === 'AssumeRole') };
}

const failureOf = async (attempt: Promise<unknown>): Promise<LockdownError> => {
  const thrown = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof LockdownError)) throw new Error(`not refused: ${String(thrown)}`);
  return thrown;
};

class Thing {
  readonly config: object = {};
  readonly middlewareStack: object = {};
  destroy(): void {}
}
const unguarded = { before() {}, unanswered() {} };

test('the role is assumed by its name and path, with the external id, in the entity’s Region, narrowed to the grants', async () => {
  const { access, asked } = setUp({ roleName: 'security/lockdown', externalId: secret });
  const { actor } = await access.open(place, toyManifest, 'contain');
  expect(actor).toBe(`arn:aws:sts::${other}:assumed-role/lockdown/entity-lockdown-test`);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({
    region: 'eu-west-1',
    input: {
      RoleArn: `arn:aws:iam::${other}:role/security/lockdown`,
      RoleSessionName: 'entity-lockdown-test',
      ExternalId: secret,
    },
  });
  const policy = JSON.parse(String(asked[0]?.input.Policy)) as { Statement: { Action: string[]; Resource: string[] }[] };
  expect(policy.Statement).toEqual([
    { Effect: 'Allow', Action: ['toy:Look', 'toy:SetPower'], Resource: ['*'] },
    { Effect: 'Allow', Action: ['toy:SetSeal'], Resource: [`arn:aws:toy:eu-west-1:${other}:box/*`] },
  ]);
});

test('a session to release has nothing of what only containment needs', async () => {
  const { access, asked } = setUp({ roleName: 'lockdown' });
  await access.open(place, toyManifest, 'release');
  expect(asked[0]?.input.Policy).not.toContain('SetSeal');
  expect(asked[0]?.input).not.toHaveProperty('ExternalId');
});

test.each([
  ['aws', '', 'eu-central-1'],
  ['aws-cn', '', 'cn-north-1'],
  ['aws-us-gov', '', 'us-gov-west-1'],
  ['aws-cn', 'cn-northwest-1', 'cn-northwest-1'],
])('STS of the partition %s is asked, for a Region "%s" in %s', async (partition, region, expected) => {
  const { access, asked } = setUp({ roleName: 'lockdown' });
  await access.open({ partition, account: other, region }, toyManifest, 'contain');
  expect(asked[0]).toMatchObject({ region: expected, input: { RoleArn: `arn:${partition}:iam::${other}:role/lockdown` } });
});

test.each([
  ['another account', { account: '999999999999' }],
  ['another partition', { partition: 'aws-cn' }],
  ['another role', { role: 'other' }],
])('a session of %s is refused before any client is made with it', async (_, sts) => {
  const { access, made } = setUp({ roleName: 'lockdown' }, sts);
  const thrown = await failureOf(access.open(place, toyManifest, 'contain'));
  expect(thrown).toMatchObject({ kind: 'refused', failure: { code: 'wrong-account' } });
  expect(thrown.message).toContain('Nothing was done');
  expect(made.filter(({ credentials }) => credentials !== undefined)).toEqual([]);
});

test('a session is opened once for each place, plugin and purpose', async () => {
  const { access, assumed } = setUp({ roleName: 'lockdown' });
  const open = (where: Place, manifest: Manifest, purpose: 'contain' | 'release') => access.open(where, manifest, purpose);
  await Promise.all([open(place, toyManifest, 'contain'), open(place, toyManifest, 'contain')]);
  await open(place, toyManifest, 'contain');
  expect(assumed()).toHaveLength(1);
  await open(place, toyManifest, 'release');
  await open(place, { ...toyManifest, id: 'toy.other' }, 'contain');
  await open({ ...place, region: 'us-east-1' }, toyManifest, 'contain');
  await open({ ...place, account: own }, toyManifest, 'contain');
  expect(assumed()).toHaveLength(5);
});

test('a session is renewed in its last five minutes', async () => {
  const { access, clock, assumed } = setUp({ roleName: 'lockdown' });
  await access.open(place, toyManifest, 'contain');
  clock.turn(55 * 60_000 - 1);
  await access.open(place, toyManifest, 'contain');
  expect(assumed()).toHaveLength(1);
  clock.turn(1);
  await access.open(place, toyManifest, 'contain');
  expect(assumed()).toHaveLength(2);
});

test('what failed is tried anew, not remembered', async () => {
  const sts: FakeSts = {
    error: Object.assign(new Error('x'), { name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } }),
  };
  const { access } = setUp({ roleName: 'lockdown' }, sts);
  await failureOf(access.open(place, toyManifest, 'contain'));
  await failureOf(access.identity());
  delete sts.error;
  await expect(access.open(place, toyManifest, 'contain')).resolves.toBeDefined();
  await expect(access.identity()).resolves.toMatchObject({ account: own });
});

test('clients have the session’s credentials, one for each Region and class', async () => {
  const { access, made } = setUp({ roleName: 'lockdown' });
  const session = await access.open(place, toyManifest, 'contain');
  const before = made.length;
  const Class = Thing as unknown as new (...args: never) => AwsClient;
  for (const region of ['eu-west-1', 'eu-west-1', 'us-east-1']) session.client(Class, region, unguarded);
  expect(made.slice(before).map(({ region, credentials }) => [region, credentials?.sessionToken])).toEqual([
    ['eu-west-1', 'session 1'],
    ['us-east-1', 'session 1'],
  ]);
});

test('without a role name, the own credentials serve their own account', async () => {
  const { access, asked } = setUp();
  const session = await access.open({ ...place, account: own }, toyManifest, 'contain');
  expect(session.actor).toBe(`arn:aws:iam::${own}:user/responder`);
  expect(asked.map(({ command }) => command)).toEqual(['GetCallerIdentity']);
});

test.each([
  ['another account', place],
  ['another partition', { partition: 'aws-cn', account: own, region: 'cn-north-1' }],
])('and are refused for %s', async (_, where) => {
  const thrown = await failureOf(setUp().access.open(where, toyManifest, 'contain'));
  expect(thrown).toMatchObject({ kind: 'invalid', failure: { code: 'other-account' } });
  expect(thrown.failure.next).toContain('--role-name');
});

test('the identity is asked for once', async () => {
  const { access, asked } = setUp();
  await Promise.all([access.identity(), access.identity()]);
  expect(await access.identity()).toEqual({ arn: `arn:aws:iam::${own}:user/responder`, account: own, partition: 'aws' });
  expect(asked).toHaveLength(1);
});

test('a role that cannot be assumed is named, with what to check', async () => {
  const error = Object.assign(new Error('not authorized'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  const thrown = await failureOf(setUp({ roleName: 'lockdown' }, { error }).access.open(place, toyManifest, 'contain'));
  expect(thrown).toMatchObject({
    kind: 'failed',
    failure: { code: 'cannot-assume-role', action: 'sts:AssumeRole', on: `arn:aws:iam::${other}:role/lockdown` },
  });
  expect(thrown.failure.next).toMatch(/trust policy/);
});

test.each([
  ['a refusal', 'AccessDenied', 403],
  ['a validation error, which quotes it', 'ValidationError', 400],
])('the external id is in no error: %s', async (_, name, httpStatusCode) => {
  const error = Object.assign(new Error(`1 error: Value '${secret}' at 'externalId' is bad`), {
    name,
    $metadata: { httpStatusCode },
  });
  const sts = setUp({ roleName: 'lockdown', externalId: secret }, { error });
  const thrown = await failureOf(sts.access.open(place, toyManifest, 'contain'));
  // With its causes, as a debugger or an uncaught error shows it.
  expect(inspect(thrown)).not.toContain(secret);
  expect(JSON.stringify([thrown.message, thrown.failure])).not.toContain(secret);
  expect(thrown.message).toContain('(external id)');
});

test('an answer without credentials is a failure, not a session', async () => {
  const { access } = setUp({ roleName: 'lockdown' }, { withoutCredentials: true });
  expect(await failureOf(access.open(place, toyManifest, 'contain'))).toMatchObject({ failure: { code: 'no-credentials' } });
});

test('all clients are given back at the end', async () => {
  const { access, destroyed } = setUp({ roleName: 'lockdown' });
  const session = await access.open(place, toyManifest, 'contain');
  const before = destroyed.length;
  await access.identity();
  expect(session).toBeDefined();
  access.destroy();
  await Promise.resolve();
  expect(destroyed.length).toBe(before + 2);
});

test('a session’s name tells the host and the time, in the characters that STS takes', () => {
  const name = sessionNameFor('host name/1', Date.parse('2026-11-02T03:04:05.678Z'));
  expect(name).toBe('entity-lockdown-host-name-1-20261102T030405');
  expect(sessionNameFor('h'.repeat(100), 0)).toHaveLength(64);
});
