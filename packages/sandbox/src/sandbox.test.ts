import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetUserCommand,
  IAMClient,
  IAMServiceException,
  ListUsersCommand,
  ListUserTagsCommand,
  NoSuchEntityException,
  PutUserPolicyCommand,
  paginateListUsers,
  TagUserCommand,
  UpdateAccessKeyCommand,
  waitUntilUserExists,
} from '@aws-sdk/client-iam';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, DecodeAuthorizationMessageCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { expect, test } from 'vitest';
import {
  type Call,
  type CallInFlight,
  createSandbox,
  faults,
  iamOf,
  type Operation,
  type Sandbox,
  type SandboxOptions,
} from './index.ts';

const account = '111122223333';
const root = `admin:${account}`;

function sandboxWith(options: Partial<SandboxOptions> = {}): Sandbox {
  return createSandbox({
    accounts: [{ id: account }],
    now: () => Date.parse('2026-01-01T00:00:00Z'),
    checkAnswers: true,
    ...options,
  });
}

function configOf(sandbox: Sandbox, principal = root) {
  return {
    region: 'eu-west-1',
    credentials: sandbox.credentials(principal),
    retryStrategy: new ConfiguredRetryStrategy(3, () => 0),
  };
}

const both = [
  ['through the SDK', (sandbox: Sandbox) => sandbox.createClient(IAMClient, configOf(sandbox))],
  ['directly', (sandbox: Sandbox) => sandbox.directClient(IAMClient, configOf(sandbox))],
] as const;

test('a caller learns who it is, through the SDK and directly', async () => {
  const sandbox = sandboxWith();
  const identity = { Account: account, Arn: `arn:aws:iam::${account}:root`, UserId: account, $metadata: { httpStatusCode: 200 } };
  for (const make of [sandbox.createClient, sandbox.directClient]) {
    const client = make(STSClient, configOf(sandbox));
    expect(client).toBeInstanceOf(STSClient);
    expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject(identity);
  }
});

test.each(both)('a modelled error has the class of the SDK, %s', async (_how, clientOf) => {
  const client = clientOf(sandboxWith());
  const error = await client.send(new GetUserCommand({ UserName: 'nobody' })).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NoSuchEntityException);
  expect(error).toMatchObject({
    name: 'NoSuchEntityException',
    Code: 'NoSuchEntity',
    $fault: 'client',
    $metadata: { httpStatusCode: 404 },
    message: 'The user with name nobody cannot be found.',
  });
});

test.each(both)('an error without a model is the base exception with its code, %s', async (_how, clientOf) => {
  const sandbox = sandboxWith();
  sandbox.intercept({ before: () => faults.denied() });
  const error = await clientOf(sandbox)
    .send(new ListUsersCommand({}))
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(IAMServiceException);
  expect(error).toMatchObject({ name: 'AccessDenied', Code: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
});

test.each(both)('throttles, server errors and lost connections are retried, %s', async (_how, clientOf) => {
  for (const fault of [faults.throttled(), faults.internal(), faults.timeout(), faults.connectionReset()]) {
    const sandbox = sandboxWith();
    const left = [fault, fault];
    sandbox.intercept({ before: () => left.pop() });
    const { User } = await clientOf(sandbox).send(new CreateUserCommand({ UserName: 'alice' }));
    expect(User?.UserName).toBe('alice');
    expect(sandbox.calls.map(({ ran }) => ran)).toEqual([false, false, true]);
  }
});

test('a lost answer: the operation ran, and the retry meets what it did', async () => {
  const sandbox = sandboxWith();
  let lost = false;
  sandbox.intercept({
    after() {
      if (lost) return undefined;
      lost = true;
      return faults.timeout();
    },
  });
  const client = sandbox.createClient(IAMClient, configOf(sandbox));
  await expect(client.send(new CreateUserCommand({ UserName: 'alice' }))).rejects.toMatchObject({
    name: 'EntityAlreadyExistsException',
  });
  expect(sandbox.calls).toMatchObject([
    { operation: 'CreateUser', ran: true, error: 'ETIMEDOUT' },
    { operation: 'CreateUser', ran: false, error: 'EntityAlreadyExists' },
  ]);
});

test('paginators and waiters of the SDK work', async () => {
  const sandbox = sandboxWith({ iam: { pageSize: 2 } });
  for (const name of ['a', 'b', 'c', 'd', 'e']) sandbox.as(root).run(new CreateUserCommand({ UserName: name }));
  for (const make of [sandbox.createClient, sandbox.directClient]) {
    sandbox.clearCalls();
    const client = make(IAMClient, configOf(sandbox));
    const names: (string | undefined)[] = [];
    for await (const page of paginateListUsers({ client }, {})) names.push(...(page.Users ?? []).map(({ UserName }) => UserName));
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(sandbox.calls).toHaveLength(3);
    expect((await waitUntilUserExists({ client, maxWaitTime: 5 }, { UserName: 'a' })).state).toBe('SUCCESS');
  }
});

test("the SDK's own validation runs, and an operation that the sandbox lacks is named", async () => {
  const sandbox = sandboxWith();
  const s3 = sandbox.createClient(S3Client, configOf(sandbox));
  await expect(s3.send(new GetObjectCommand({ Bucket: undefined, Key: 'k' }))).rejects.toThrow(/Bucket/);
  const decode = new DecodeAuthorizationMessageCommand({ EncodedMessage: 'x' });
  for (const make of [sandbox.createClient, sandbox.directClient]) {
    await expect(make(STSClient, configOf(sandbox)).send(decode)).rejects.toThrow(
      'the sandbox has no operation sts:DecodeAuthorizationMessage',
    );
  }
  expect(() => sandbox.as(root).run(decode)).toThrow('the sandbox has no operation sts:DecodeAuthorizationMessage');
});

test('what a caller does with an answer or an input later changes nothing in the world', async () => {
  const page = 'https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html';
  const tagsIn = (call: Call) => call.world.slot<{ tags: unknown[] }>('test', '', '', () => ({ tags: [] }));
  // Operations as careless as can be: they keep what they are given, and hand out what they keep.
  const TagUser: Operation<{ Tags: unknown[] }, object> = {
    page,
    mutates: true,
    demands: () => [],
    run(call, { Tags }) {
      tagsIn(call).tags = Tags;
      return {};
    },
  };
  const ListUserTags: Operation<object, object> = {
    page,
    mutates: false,
    demands: () => [],
    run: (call) => ({ Tags: tagsIn(call).tags }),
  };
  const sandbox = sandboxWith({ services: { iam: { TagUser, ListUserTags } } });
  const client = sandbox.directClient(IAMClient, configOf(sandbox));
  const Tags = [{ Key: 'a', Value: '1' }];
  await client.send(new TagUserCommand({ UserName: 'alice', Tags }));
  Tags.push({ Key: 'b', Value: '2' });
  const list = async () => (await client.send(new ListUserTagsCommand({ UserName: 'alice' }))).Tags;
  (await list())?.push({ Key: 'c', Value: '3' });
  expect(await list()).toEqual([{ Key: 'a', Value: '1' }]);
});

test('names that a dump leaves out as fields stay where they are data', () => {
  const sandbox = sandboxWith();
  sandbox.as(root).run(new CreateUserCommand({ UserName: 'lastUsed', Tags: [{ Key: 'issued', Value: 'x' }] }));
  expect(JSON.stringify(sandbox.dump())).toContain('"tags":{"issued":"x"}');
});

test('every call is recorded: what it demanded, by whom, what came of it', async () => {
  const sandbox = sandboxWith();
  const client = sandbox.createClient(IAMClient, configOf(sandbox));
  await client.send(new CreateUserCommand({ UserName: 'alice', Path: '/team/' }));
  await client.send(new GetUserCommand({ UserName: 'bob' })).catch(() => undefined);
  expect(sandbox.calls).toMatchObject([
    {
      seq: 1,
      service: 'iam',
      operation: 'CreateUser',
      actions: ['iam:CreateUser'],
      resources: [`arn:aws:iam::${account}:user/team/alice`],
      account,
      region: 'us-east-1',
      caller: `arn:aws:iam::${account}:root`,
      mutates: true,
      ran: true,
    },
    { seq: 2, operation: 'GetUser', mutates: false, ran: false, error: 'NoSuchEntity' },
  ]);
});

test('a gate decides the order in which calls take effect', async () => {
  const sandbox = sandboxWith();
  const waiting: { call: CallInFlight; go: () => void }[] = [];
  sandbox.intercept({ gate: (call) => new Promise((go) => waiting.push({ call, go })) });
  const client = sandbox.directClient(IAMClient, configOf(sandbox));
  const made = client.send(new CreateUserCommand({ UserName: 'alice' }));
  const read = client.send(new GetUserCommand({ UserName: 'alice' })).catch(({ name }) => name);
  await Promise.resolve();
  await Promise.resolve();
  expect(waiting.map(({ call }) => call.operation)).toEqual(['CreateUser', 'GetUser']);
  expect(waiting[0]?.call.caller).toBe(`arn:aws:iam::${account}:root`);
  waiting[1]?.go();
  expect(await read).toBe('NoSuchEntityException');
  waiting[0]?.go();
  expect((await made).User?.UserName).toBe('alice');
  expect(sandbox.calls.map(({ operation }) => operation)).toEqual(['GetUser', 'CreateUser']);
});

test('a dump shows every change, nothing volatile, and no state that was only looked at', async () => {
  const sandbox = sandboxWith();
  expect(sandbox.dump()).toEqual({});
  const client = sandbox.directClient(IAMClient, configOf(sandbox));
  await client.send(new ListUsersCommand({}));
  expect(sandbox.dump()).toEqual({});
  sandbox.as(root).run(new CreateUserCommand({ UserName: 'alice' }));
  sandbox.as(root).run(new CreateAccessKeyCommand({ UserName: 'alice' }));
  sandbox.as(root).run(new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }));
  const before = sandbox.dump();
  expect(JSON.stringify(before)).toContain('"alice"');
  await sandbox.directClient(IAMClient, configOf(sandbox, `arn:aws:iam::${account}:user/alice`)).send(new ListUsersCommand({}));
  sandbox.credentials(`arn:aws:iam::${account}:user/alice`, { session: true });
  expect(sandbox.dump()).toEqual(before);
  await client.send(new TagUserCommand({ UserName: 'alice', Tags: [{ Key: 'a', Value: 'b' }] }));
  expect(sandbox.dump()).not.toEqual(before);
});

test('the world is plain data, and the same for the same seed', () => {
  const build = (seed: number) => {
    const sandbox = sandboxWith({ seed });
    sandbox.as(root).run(new CreateUserCommand({ UserName: 'alice' }));
    sandbox.as(root).run(new CreateAccessKeyCommand({ UserName: 'alice' }));
    return sandbox;
  };
  expect(build(7).dump()).toEqual(build(7).dump());
  expect(build(7).dump()).not.toEqual(build(8).dump());
  const { world } = build(7);
  expect(structuredClone(world.data)).toEqual(world.data);
});

test('a world can be built once and begun with many times', async () => {
  const built = sandboxWith();
  built.as(root).run(new CreateUserCommand({ UserName: 'alice' }));
  built.as(root).run(new CreateAccessKeyCommand({ UserName: 'alice' }));
  const before = built.dump();
  const fork = sandboxWith({ from: structuredClone(built.world.data), accounts: [] });
  const again = sandboxWith({ from: built.world.data });
  expect([fork.dump(), again.dump()]).toEqual([before, before]);
  const alice = `arn:aws:iam::${account}:user/alice`;
  const credentials = built.credentials(alice);
  const client = again.directClient(STSClient, { region: 'eu-west-1', credentials });
  expect((await client.send(new GetCallerIdentityCommand({}))).Arn).toBe(alice);
  again.as(root).run(new TagUserCommand({ UserName: 'alice', Tags: [{ Key: 'a', Value: 'b' }] }));
  expect(built.dump()).toEqual(before);
  expect(again.dump()).not.toEqual(before);
});

test('ids never repeat and have the lengths of AWS', () => {
  const { world } = sandboxWith();
  const ids = Array.from({ length: 5_000 }, () => world.id('AIDA'));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids[0]).toMatch(/^AIDA[A-Z2-7]{17}$/);
  expect(world.id('AKIA')).toMatch(/^AKIA[A-Z2-7]{16}$/);
  expect(world.id('eni-')).toMatch(/^eni-[0-9a-f]{17}$/);
  expect(world.id('')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('late reads see the world as it was, within their time and no longer', async () => {
  let now = 0;
  const sandbox = createSandbox({
    accounts: [{ id: account }],
    now: () => now,
    staleness: { iam: { within: 1_000 } },
    seed: 3,
  });
  const client = sandbox.directClient(IAMClient, configOf(sandbox));
  await client.send(new CreateUserCommand({ UserName: 'alice' }));
  const seen = async (): Promise<number> => (await client.send(new ListUsersCommand({}))).Users?.length ?? 0;
  now = 500;
  const soon = await Promise.all(Array.from({ length: 40 }, seen));
  expect(new Set(soon)).toEqual(new Set([0, 1]));
  // A write is never built on an old world.
  await expect(client.send(new CreateUserCommand({ UserName: 'alice' }))).rejects.toMatchObject({ Code: 'EntityAlreadyExists' });
  now = 1_001;
  expect(new Set(await Promise.all(Array.from({ length: 40 }, seen)))).toEqual(new Set([1]));
});

test('the endpoint of one partition knows nothing of the credentials of another', async () => {
  const china = '444455556666';
  const sandbox = createSandbox({ accounts: [{ id: account }, { id: china, partition: 'aws-cn' }] });
  const credentials = sandbox.credentials(`admin:${china}`);
  const there = sandbox.createClient(IAMClient, { region: 'cn-northwest-1', credentials });
  const { User } = await there.send(new CreateUserCommand({ UserName: 'alice' }));
  expect(User?.Arn).toBe(`arn:aws-cn:iam::${china}:user/alice`);
  expect(sandbox.calls[0]?.region).toBe('cn-north-1');
  await there.send(new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn: 'arn:aws-cn:iam::aws:policy/AWSDenyAll' }));
  await expect(
    there.send(new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn: 'arn:aws:iam::aws:policy/AWSDenyAll' })),
  ).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  const elsewhere = sandbox.createClient(IAMClient, { region: 'eu-west-1', credentials });
  await expect(elsewhere.send(new ListUsersCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
});

test('a stranger adds a service of their own', async () => {
  const sandbox = sandboxWith({
    services: {
      sts: {
        DecodeAuthorizationMessage: {
          page: 'https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html',
          mutates: false,
          demands: () => [{ action: 'sts:DecodeAuthorizationMessage', resource: '*' }],
          run: () => ({ DecodedMessage: '{}' }),
        },
      },
    },
  });
  const client = sandbox.createClient(STSClient, configOf(sandbox));
  expect((await client.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: 'x' }))).DecodedMessage).toBe('{}');
  expect((await client.send(new GetCallerIdentityCommand({}))).Account).toBe(account);
});

test('an answer with a member that the API lacks is a fault of the sandbox, said aloud', async () => {
  const wrong = { page: '', mutates: false, demands: () => [], run: () => ({ Acount: account }) };
  const sandbox = sandboxWith({ services: { sts: { GetCallerIdentity: wrong } } });
  for (const make of [sandbox.createClient, sandbox.directClient]) {
    await expect(make(STSClient, configOf(sandbox)).send(new GetCallerIdentityCommand({}))).rejects.toThrow(
      "the sandbox's answer to sts:GetCallerIdentity has what the API lacks: .Acount",
    );
  }
});

test('credentials: users, sessions and roles', async () => {
  const sandbox = sandboxWith();
  const admin = sandbox.as(root);
  admin.run(new CreateUserCommand({ UserName: 'alice' }));
  const alice = `arn:aws:iam::${account}:user/alice`;
  expect(() => sandbox.credentials(alice)).toThrow('user alice has no access key');
  expect(() => sandbox.credentials(`arn:aws:iam::${account}:user/bob`)).toThrow('no principal');
  const { AccessKey } = admin.run(new CreateAccessKeyCommand({ UserName: 'alice' }));
  expect(sandbox.credentials(alice)).toEqual({
    accessKeyId: AccessKey?.AccessKeyId,
    secretAccessKey: AccessKey?.SecretAccessKey,
  });
  const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: alice }, Action: 'sts:AssumeRole' }] };
  admin.run(new CreateRoleCommand({ RoleName: 'app', Path: '/team/', AssumeRolePolicyDocument: JSON.stringify(trust) }));
  const whoIs = (config: object) => sandbox.createClient(STSClient, config).send(new GetCallerIdentityCommand({}));
  const session = configOf(sandbox, `arn:aws:iam::${account}:role/team/app`);
  expect((await whoIs(session)).Arn).toBe(`arn:aws:sts::${account}:assumed-role/app/session`);
  const named = configOf(sandbox, `arn:aws:sts::${account}:assumed-role/app/night`);
  expect((await whoIs(named)).UserId).toBe(`${iamOf(sandbox.world, account).roles.get('app')?.id}:night`);
  const bySession = { ...configOf(sandbox, alice), credentials: async () => sandbox.credentials(alice, { session: true }) };
  expect((await whoIs(bySession)).Arn).toBe(alice);
  // The session of an inactive key goes on; the key itself does not.
  const { credentials } = configOf(sandbox, alice);
  const before = { ...bySession, credentials: await bySession.credentials() };
  admin.run(new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId: AccessKey?.AccessKeyId, Status: 'Inactive' }));
  expect((await whoIs(before)).Arn).toBe(alice);
  const forged = { ...before, credentials: { ...before.credentials, sessionToken: 'forged' } };
  await expect(whoIs(forged)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  await expect(whoIs({ region: 'eu-west-1', credentials })).rejects.toMatchObject({
    name: 'InvalidClientTokenId',
    $metadata: { httpStatusCode: 403 },
  });
});

test('a direct client without a Region or credentials is refused at once', () => {
  const sandbox = sandboxWith();
  expect(() => sandbox.directClient(STSClient, { region: 'eu-west-1' })).toThrow('needs a region and credentials');
  expect(() => sandbox.directClient(STSClient, { credentials: sandbox.credentials(root) })).toThrow(
    'needs a region and credentials',
  );
});

test('an actor that builds the world obeys policies too', () => {
  const sandbox = sandboxWith();
  // Without a key too.
  sandbox.as(root).run(new CreateUserCommand({ UserName: 'alice' }));
  const alice = sandbox.as(`arn:aws:iam::${account}:user/alice`);
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } });
  const command = new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'all', PolicyDocument });
  expect(() => alice.run(command)).toThrow(
    /is not authorized to perform: iam:PutUserPolicy on resource: .*user\/alice because no identity-based/,
  );
  expect(sandbox.calls).toEqual([]);
  expect(() => alice.run(new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/none`, RoleSessionName: 'xx' }))).toThrow(
    /is not authorized/,
  );
});
