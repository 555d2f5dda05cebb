import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  DetachUserPolicyCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { policyFor } from '@entity-lockdown/core';
import { type Moto, startMoto } from '@entity-lockdown/moto';
import { awsErrorCode } from '@entity-lockdown/plugin-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plant } from '../secrets/gathered.ts';
import { type Account, newAccount, region, text } from './account.ts';
import { lockdown } from './lockdown.ts';
import { plugins } from './plugins.ts';
import { containing, releasing } from './scene.ts';
import type { LockdownSettings } from './settings.ts';
import { denyTo, expectShutOut, inlinePolicies } from './shut-out.ts';
import { allow, type EntityType, quarantine, role, type World, worldOf } from './worlds.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

let moto: Moto;
let folder: string;
beforeAll(async () => {
  moto = await startMoto();
  folder = await mkdtemp(join(tmpdir(), 'entity-lockdown-'));
});
afterAll(async () => {
  await moto.stop();
  await rm(folder, { recursive: true });
});

type Outcome = 'allowed' | 'denied';
const everywhere = (outcome: Outcome) =>
  ({ s3: outcome, sqs: outcome, dynamodb: outcome, ec2: outcome, lambda: outcome, iam: outcome }) as const;

/**
 * What AWS says to somebody who is denied, and to somebody whose access key is inactive.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
const refusals = /^(?:AccessDenied|UnauthorizedOperation|InvalidClientTokenId|UnrecognizedClient|AuthFailure|InvalidAccessKeyId)/;

/** What the holder of credentials may do in several services. */
async function tryAll(credentials: Credentials): Promise<ReturnType<typeof everywhere>> {
  const config = { endpoint: moto.endpoint, region, credentials, maxAttempts: 1 };
  const tried = (call: Promise<unknown>): Promise<Outcome> =>
    call.then(
      () => 'allowed',
      (error: unknown) => {
        expect(String(awsErrorCode(error))).toMatch(refusals);
        return 'denied';
      },
    );
  const [s3, sqs, dynamodb, ec2, lambda, iam] = await Promise.all([
    tried(new S3Client({ ...config, forcePathStyle: true }).send(new ListBucketsCommand({}))),
    tried(new SQSClient(config).send(new ListQueuesCommand({}))),
    tried(new DynamoDBClient(config).send(new ListTablesCommand({}))),
    tried(new EC2Client(config).send(new DescribeInstancesCommand({}))),
    tried(new LambdaClient(config).send(new ListFunctionsCommand({}))),
    tried(new IAMClient(config).send(new ListUsersCommand({}))),
  ]);
  return { s3, sqs, dynamodb, ec2, lambda, iam };
}

async function keyOf({ iam }: Account, UserName: string): Promise<Credentials> {
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  plant('credential', text(AccessKey?.SecretAccessKey));
  return { accessKeyId: text(AccessKey?.AccessKeyId), secretAccessKey: text(AccessKey?.SecretAccessKey) };
}

async function sessionOf({ id, endpoint }: Account, role: string, RoleSessionName: string): Promise<Credentials> {
  const sts = new STSClient({ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const { Credentials: made } = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${id}:role/team/web/${role}`, RoleSessionName }),
  );
  plant('credential', text(made?.SecretAccessKey));
  return {
    accessKeyId: text(made?.AccessKeyId),
    secretAccessKey: text(made?.SecretAccessKey),
    sessionToken: text(made?.SessionToken),
  };
}

interface Attacked {
  readonly world: World;
  /** For somebody who has the permissions that Entity Lockdown says it needs, and no other. */
  readonly settings: LockdownSettings;
}

async function attacked(type: EntityType): Promise<Attacked> {
  await moto.enforcePolicies(false);
  const account = await newAccount(moto.endpoint);
  const world = await worldOf[type](account);
  const UserName = 'responder';
  await account.iam.send(new CreateUserCommand({ UserName }));
  const { plugins: registered } = await plugins(world.arn);
  for (const purpose of ['contain', 'release'] as const) {
    const needed = policyFor(
      registered.map(({ manifest }) => manifest),
      purpose,
      { partition: 'aws', account: account.id, region },
    );
    const PolicyDocument = JSON.stringify(needed);
    const { Policy } = await account.iam.send(new CreatePolicyCommand({ PolicyName: `lockdown-${purpose}`, PolicyDocument }));
    await account.iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: text(Policy?.Arn) }));
  }
  const credentials = await keyOf(account, UserName);
  const place = join(folder, account.id);
  return {
    world,
    settings: { endpoint: moto.endpoint, region, ledger: { folder: place }, clockFile: `${place}-clock`, credentials },
  };
}

/** Contains while moto enforces policies, against the responder too. */
async function contain({ world, settings }: Attacked, options?: object): Promise<void> {
  const run = await lockdown(settings);
  const { record } = await run.run(containing({ ...world, options: { ...world.options, ...options } }));
  expect(record).toMatchObject({ state: 'contained', failures: [] });
}

async function release({ world, settings }: Attacked): Promise<void> {
  const { record } = await (await lockdown(settings)).run(releasing(world));
  expect(record).toMatchObject({ state: 'released', failures: [] });
}

const everything = allow('s3:*', 'sqs:*', 'dynamodb:*', 'ec2:*', 'lambda:*', 'iam:*');

async function roleMay({ iam }: Account, RoleName: string): Promise<void> {
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'everything', PolicyDocument: everything }));
}

async function userMay({ iam }: Account, UserName: string): Promise<void> {
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'everything', PolicyDocument: everything }));
}

describe('with policies enforced', () => {
  test('the stolen key of a user worked, is denied, and works again after the release', async () => {
    const attack = await attacked('user');
    const { account, key } = attack.world;
    // Else much would be denied before.
    await account.iam.send(new DetachUserPolicyCommand({ UserName: 'alice', PolicyArn: quarantine }));
    await userMay(account, 'alice');
    await userMay(account, 'team');
    const bystander = await keyOf(account, 'team');
    const stolen = key as Credentials;
    await moto.enforcePolicies(true);
    expect(await tryAll(stolen)).toEqual(everywhere('allowed'));
    await contain(attack);
    expect(await tryAll(stolen)).toEqual(everywhere('denied'));
    // Active again, it is denied all the same.
    await moto.enforcePolicies(false);
    await account.iam.send(new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId: stolen.accessKeyId, Status: 'Active' }));
    await moto.enforcePolicies(true);
    expect(await tryAll(stolen)).toEqual(everywhere('denied'));
    expect(await tryAll(bystander)).toEqual(everywhere('allowed'));
    await release(attack);
    expect(await tryAll(stolen)).toEqual(everywhere('allowed'));
  });

  test('an old and a new session of a role are denied, those of another role are not', async () => {
    const attack = await attacked('role');
    const { account } = attack.world;
    await role(account, 'other', 'ecs-tasks.amazonaws.com');
    for (const name of ['app', 'other']) await roleMay(account, name);
    const [old, other] = [await sessionOf(account, 'app', 'old'), await sessionOf(account, 'other', 'other')];
    await moto.enforcePolicies(true);
    expect(await tryAll(old)).toEqual(everywhere('allowed'));
    await contain(attack);
    await moto.enforcePolicies(false);
    const late = await sessionOf(account, 'app', 'late');
    await moto.enforcePolicies(true);
    expect(await tryAll(old)).toEqual(everywhere('denied'));
    expect(await tryAll(late)).toEqual(everywhere('denied'));
    expect(await tryAll(other)).toEqual(everywhere('allowed'));
    await release(attack);
    expect(await tryAll(old)).toEqual(everywhere('allowed'));
  });

  test('the session of a function is denied, with all that has its role', async () => {
    const attack = await attacked('function');
    const { account } = attack.world;
    await roleMay(account, 'worker');
    const [orders, invoices] = [await sessionOf(account, 'worker', 'orders'), await sessionOf(account, 'worker', 'invoices')];
    await moto.enforcePolicies(true);
    expect(await tryAll(orders)).toEqual(everywhere('allowed'));
    await contain(attack);
    expect([await tryAll(orders), await tryAll(invoices)]).toEqual([everywhere('denied'), everywhere('denied')]);
    await release(attack);
    expect(await tryAll(orders)).toEqual(everywhere('allowed'));
  });

  // Which function or instance a session is of: see context_of in evaluation.py, beside the server.
  test('with --scope function, the session of the function is denied, that of its sibling with the same role is not', async () => {
    const attack = await attacked('function');
    const { account, arn } = attack.world;
    await roleMay(account, 'worker');
    const [orders, invoices] = [await sessionOf(account, 'worker', 'orders'), await sessionOf(account, 'worker', 'invoices')];
    await moto.enforcePolicies(true);
    expect(await tryAll(orders)).toEqual(everywhere('allowed'));
    await contain(attack, { scope: 'function' });
    expect([await tryAll(orders), await tryAll(invoices)]).toEqual([everywhere('denied'), everywhere('allowed')]);
    await moto.enforcePolicies(false);
    expect(await inlinePolicies(account, 'worker')).toContainEqual(denyTo('lambda:SourceFunctionArn', arn));
    await moto.enforcePolicies(true);
    await release(attack);
    expect(await tryAll(orders)).toEqual(everywhere('allowed'));
  });

  test('the session of an instance is denied, that of its sibling with the same role is not', async () => {
    const attack = await attacked('instance');
    const { account, arn } = attack.world;
    await roleMay(account, 'web');
    const { Reservations = [] } = await account.ec2.send(new DescribeInstancesCommand({}));
    const ids = Reservations.flatMap(({ Instances = [] }) => Instances).map(({ InstanceId }) => text(InstanceId));
    const [own = '', sibling = ''] = ids.toSorted((a, b) => Number(arn.endsWith(b)) - Number(arn.endsWith(a)));
    const [stolen, other] = [await sessionOf(account, 'web', own), await sessionOf(account, 'web', sibling)];
    await moto.enforcePolicies(true);
    expect(await tryAll(stolen)).toEqual(everywhere('allowed'));
    await contain(attack);
    expect([await tryAll(stolen), await tryAll(other)]).toEqual([everywhere('denied'), everywhere('allowed')]);
    await moto.enforcePolicies(false);
    await expectShutOut.instance(attack.world);
    await moto.enforcePolicies(true);
    await release(attack);
    expect(await tryAll(stolen)).toEqual(everywhere('allowed'));
  });
});
