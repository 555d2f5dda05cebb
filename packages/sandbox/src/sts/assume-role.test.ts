import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  ListRolesCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, type AssumeRoleCommandInput, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../index.ts';

const responder = '111122223333';
const member = '444455556666';
const bot = `arn:aws:iam::${responder}:user/bot`;
const target = `arn:aws:iam::${member}:role/security/containment`;

let sandbox: Sandbox;

function document(...Statement: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

beforeEach(() => {
  sandbox = createSandbox({ accounts: [{ id: responder }, { id: member }], now: () => 0, checkAnswers: true });
  const admin = sandbox.as(`admin:${responder}`);
  admin.run(new CreateUserCommand({ UserName: 'bot' }));
  admin.run(new CreateAccessKeyCommand({ UserName: 'bot' }));
  const Condition = { StringEquals: { 'sts:ExternalId': 'open-sesame' } };
  const trust = { Effect: 'Allow', Principal: { AWS: bot }, Action: 'sts:AssumeRole', Condition };
  const there = sandbox.as(`admin:${member}`);
  there.run(new CreateRoleCommand({ RoleName: 'containment', Path: '/security/', AssumeRolePolicyDocument: document(trust) }));
  const PolicyDocument = document({ Effect: 'Allow', Action: 'iam:*', Resource: '*' });
  there.run(new PutRolePolicyCommand({ RoleName: 'containment', PolicyName: 'p', PolicyDocument }));
});

function mayAssume(): void {
  const PolicyDocument = document({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: target });
  sandbox.as(`admin:${responder}`).run(new PutUserPolicyCommand({ UserName: 'bot', PolicyName: 'p', PolicyDocument }));
}

function assume(input: Partial<AssumeRoleCommandInput> = {}, principal = bot) {
  const client = sandbox.createClient(STSClient, {
    region: 'eu-west-1',
    credentials: sandbox.credentials(principal),
    maxAttempts: 1,
  });
  return client.send(
    new AssumeRoleCommand({ RoleArn: target, RoleSessionName: 'incident-1', ExternalId: 'open-sesame', ...input }),
  );
}

async function assumed(input: Partial<AssumeRoleCommandInput> = {}) {
  const { Credentials } = await assume(input);
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

test('across accounts both sides must allow it', async () => {
  await expect(assume()).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  mayAssume();
  const { AssumedRoleUser } = await assume();
  expect(AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${member}:assumed-role/containment/incident-1`);
  const client = sandbox.createClient(STSClient, { region: 'eu-west-1', credentials: await assumed() });
  expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: member,
    Arn: AssumedRoleUser?.Arn,
    UserId: AssumedRoleUser?.AssumedRoleId,
  });
});

test('the external id, the path and the name must be right, whatever the caller may do', async () => {
  mayAssume();
  sandbox
    .as(`admin:${responder}`)
    .run(new AttachUserPolicyCommand({ UserName: 'bot', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }));
  for (const input of [
    { ExternalId: 'wrong' },
    { ExternalId: undefined },
    { RoleArn: `arn:aws:iam::${member}:role/containment` },
    { RoleArn: `arn:aws:iam::${member}:role/none` },
    { RoleArn: 'arn:aws:iam::999999999999:role/containment' },
  ])
    await expect(assume(input as Partial<AssumeRoleCommandInput>)).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('an administrator whom the trust policy does not name, and a root, assume nothing', async () => {
  const there = sandbox.as(`admin:${member}`);
  there.run(new CreateUserCommand({ UserName: 'boss' }));
  there.run(new CreateAccessKeyCommand({ UserName: 'boss' }));
  there.run(new AttachUserPolicyCommand({ UserName: 'boss', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }));
  await expect(assume({}, `arn:aws:iam::${member}:user/boss`)).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(assume({}, `admin:${responder}`)).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('a session policy narrows the session, up to 2,048 characters', async () => {
  mayAssume();
  const credentials = await assumed({ Policy: document({ Effect: 'Allow', Action: 'iam:ListUsers', Resource: '*' }) });
  const client = sandbox.createClient(IAMClient, { region: 'eu-west-1', credentials });
  expect((await client.send(new ListUsersCommand({}))).Users).toEqual([]);
  await expect(client.send(new ListRolesCommand({}))).rejects.toThrow(/no session policy allows/);
  const long = document({ Sid: 'x'.repeat(2_000), Effect: 'Allow', Action: 'iam:ListUsers', Resource: '*' });
  await expect(assume({ Policy: long })).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(assume({ Policy: '{' })).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
});

test('a session lasts no longer than the role allows', async () => {
  mayAssume();
  await expect(assume({ DurationSeconds: 3_601 })).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(assume({ DurationSeconds: 899 })).rejects.toMatchObject({ name: 'ValidationError' });
  expect((await assume({ DurationSeconds: 900 })).Credentials?.Expiration).toEqual(new Date(900_000));
});
