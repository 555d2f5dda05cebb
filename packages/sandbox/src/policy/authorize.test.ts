// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of policies
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  ListUsersCommand,
  PutGroupPolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  TagUserCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, expect, test } from 'vitest';
import { type Actor, type CredentialOptions, createSandbox, type Sandbox } from '../index.ts';

const account = '111122223333';
const other = '444455556666';
const alice = `arn:aws:iam::${account}:user/alice`;
const app = `arn:aws:iam::${account}:role/app`;
const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll';
const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess';
const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';

let now: number;
let sandbox: Sandbox;
let admin: Actor;

function document(...Statement: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

function allow(Action: string | string[], more: object = {}): object {
  return { Effect: 'Allow', Action, Resource: '*', ...more };
}

function deny(Action: string | string[], more: object = {}): object {
  return { Effect: 'Deny', Action, Resource: '*', ...more };
}

beforeEach(() => {
  now = Date.parse('2026-01-01T00:00:00Z');
  sandbox = createSandbox({ accounts: [{ id: account }, { id: other }], now: () => now, checkAnswers: true });
  admin = sandbox.as(`admin:${account}`);
  admin.run(new CreateUserCommand({ UserName: 'alice' }));
  admin.run(new CreateAccessKeyCommand({ UserName: 'alice' }));
  const trust = { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' };
  admin.run(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: document(trust) }));
});

function iam(principal: string, options?: CredentialOptions): IAMClient {
  return sandbox.createClient(IAMClient, {
    region: 'eu-west-1',
    credentials: sandbox.credentials(principal, options),
    maxAttempts: 1,
  });
}

/** What listing users comes to: `ok`, or the message. */
async function listing(client: IAMClient): Promise<string> {
  return client.send(new ListUsersCommand({})).then(
    () => 'ok',
    (error: Error) => error.message,
  );
}

test('nothing is allowed until something allows it, and the denial says what, whom and why', async () => {
  const error = await iam(alice)
    .send(new GetUserCommand({ UserName: 'alice' }))
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
    message: `User: ${alice} is not authorized to perform: iam:GetUser on resource: ${alice} because no identity-based policy allows the iam:GetUser action`,
  });
});

test('inline, attached and group policies allow; a deny in any of them wins', async () => {
  expect(await listing(iam(alice))).toMatch(/no identity-based policy/);
  admin.run(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'p', PolicyDocument: document(allow('iam:List*')) }));
  expect(await listing(iam(alice))).toBe('ok');
  admin.run(new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn: denyAll }));
  expect(await listing(iam(alice))).toMatch(/with an explicit deny in an identity-based policy/);
  admin.run(new DetachUserPolicyCommand({ UserName: 'alice', PolicyArn: denyAll }));
  admin.run(new CreateGroupCommand({ GroupName: 'staff' }));
  admin.run(new AddUserToGroupCommand({ GroupName: 'staff', UserName: 'alice' }));
  admin.run(new PutGroupPolicyCommand({ GroupName: 'staff', PolicyName: 'no', PolicyDocument: document(deny('iam:listusers')) }));
  expect(await listing(iam(alice))).toMatch(/with an explicit deny/);
});

test('a group alone allows', async () => {
  admin.run(new CreateGroupCommand({ GroupName: 'staff' }));
  admin.run(new AddUserToGroupCommand({ GroupName: 'staff', UserName: 'alice' }));
  admin.run(new AttachGroupPolicyCommand({ GroupName: 'staff', PolicyArn: readOnly }));
  expect(await listing(iam(alice))).toBe('ok');
});

test('NotAction, NotResource and resources', async () => {
  const put = (statement: object) =>
    admin.run(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'p', PolicyDocument: document(statement) }));
  const get = () =>
    iam(alice)
      .send(new GetUserCommand({ UserName: 'alice' }))
      .then(
        () => 'ok',
        ({ name }) => name,
      );
  put({ Effect: 'Allow', NotAction: 'iam:GetUser', Resource: '*' });
  expect([await listing(iam(alice)), await get()]).toEqual(['ok', 'AccessDenied']);
  put({ Effect: 'Allow', Action: 'iam:*', NotResource: alice });
  expect([await listing(iam(alice)), await get()]).toEqual(['ok', 'AccessDenied']);
  put({ Effect: 'Allow', Action: 'iam:*', Resource: 'arn:aws:iam::*:user/${aws:username}' });
  expect(await get()).toBe('ok');
  expect(await listing(iam(alice))).not.toBe('ok');
});

test('a permissions boundary: silence and deny both shut', async () => {
  admin.run(new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn: administrator }));
  const { Policy } = admin.run(new CreatePolicyCommand({ PolicyName: 'edge', PolicyDocument: document(allow('s3:*')) }));
  admin.run(new PutUserPermissionsBoundaryCommand({ UserName: 'alice', PermissionsBoundary: Policy?.Arn ?? '' }));
  expect(await listing(iam(alice))).toMatch(/because no permissions boundary allows/);
  admin.run(new PutUserPermissionsBoundaryCommand({ UserName: 'alice', PermissionsBoundary: denyAll }));
  expect(await listing(iam(alice))).toMatch(/with an explicit deny in a permissions boundary/);
  admin.run(new PutUserPermissionsBoundaryCommand({ UserName: 'alice', PermissionsBoundary: readOnly }));
  expect(await listing(iam(alice))).toBe('ok');
});

test('a deny on a role reaches sessions that are older than it', async () => {
  admin.run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: administrator }));
  const old = iam(app);
  expect(await listing(old)).toBe('ok');
  now += 600_000;
  admin.run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: denyAll }));
  expect(await listing(old)).toMatch(/assumed-role\/app\/session .* explicit deny/);
  admin.run(new DetachRolePolicyCommand({ RoleName: 'app', PolicyArn: denyAll }));
  expect(await listing(old)).toBe('ok');
});

test('a session policy narrows', async () => {
  admin.run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: administrator }));
  expect(await listing(iam(app, { policies: [document(allow('iam:ListUsers'))] }))).toBe('ok');
  expect(await listing(iam(app, { policies: [document(allow('s3:*'))] }))).toMatch(/because no session policy allows/);
  expect(await listing(iam(app, { policies: [document(deny('iam:*'))] }))).toMatch(/explicit deny in a session policy/);
});

test.each([
  [
    'ec2:SourceInstanceARN',
    `arn:aws:ec2:eu-west-1:${account}:instance/i-0123456789abcdef0`,
    `arn:aws:ec2:eu-west-1:${account}:instance/i-0fedcba9876543210`,
  ],
  [
    'lambda:SourceFunctionArn',
    `arn:aws:lambda:eu-west-1:${account}:function:one`,
    `arn:aws:lambda:eu-west-1:${account}:function:two`,
  ],
])('a deny by %s meets one session of a shared role and no other', async (key, meant, sibling) => {
  admin.run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: administrator }));
  const PolicyDocument = document(deny('*', { Condition: { ArnEquals: { [key]: meant } } }));
  admin.run(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'one', PolicyDocument }));
  expect(await listing(iam(app, { context: { [key]: meant } }))).toMatch(/explicit deny/);
  expect(await listing(iam(app, { context: { [key]: sibling } }))).toBe('ok');
  expect(await listing(iam(app))).toBe('ok');
});

test('aws:TokenIssueTime is in temporary credentials alone', async () => {
  admin.run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: administrator }));
  admin.run(new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn: administrator }));
  const old = iam(app);
  now += 60_000;
  const revoked = document(deny('*', { Condition: { DateLessThan: { 'aws:TokenIssueTime': new Date(now).toISOString() } } }));
  admin.run(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'AWSRevokeOlderSessions', PolicyDocument: revoked }));
  admin.run(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'AWSRevokeOlderSessions', PolicyDocument: revoked }));
  expect(await listing(old)).toMatch(/explicit deny/);
  expect(await listing(iam(app))).toBe('ok');
  expect(await listing(iam(alice))).toBe('ok');
});

test('keys of principals, Regions, request tags and resource tags', async () => {
  const put = (Condition: object) =>
    admin.run(
      new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'p', PolicyDocument: document(allow('iam:*', { Condition })) }),
    );
  put({
    ArnEquals: { 'aws:PrincipalArn': alice },
    StringEquals: { 'aws:PrincipalAccount': account, 'aws:RequestedRegion': 'us-east-1' },
  });
  expect(await listing(iam(alice))).toBe('ok');
  put({ StringNotEquals: { 'aws:RequestedRegion': 'us-east-1' } });
  expect(await listing(iam(alice))).not.toBe('ok');
  const tag = (Key: string, Value: string) =>
    iam(alice)
      .send(new TagUserCommand({ UserName: 'alice', Tags: [{ Key, Value }] }))
      .then(
        () => 'ok',
        ({ name }) => name,
      );
  put({ StringEquals: { 'aws:RequestTag/team': 'red' }, 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } });
  expect([await tag('team', 'blue'), await tag('colour', 'red'), await tag('team', 'red')]).toEqual([
    'AccessDenied',
    'AccessDenied',
    'ok',
  ]);
  put({ StringEquals: { 'aws:ResourceTag/team': 'red', 'aws:PrincipalTag/team': 'red' } });
  expect(await tag('team', 'blue')).toBe('ok');
  expect(await tag('team', 'red')).toBe('AccessDenied');
});

test('a path is a part of the ARN that policies see', async () => {
  admin.run(
    new CreateRoleCommand({
      RoleName: 'deep',
      Path: '/a/b/',
      AssumeRolePolicyDocument: document({
        Effect: 'Allow',
        Principal: { Service: 'ec2.amazonaws.com' },
        Action: 'sts:AssumeRole',
      }),
    }),
  );
  const PolicyDocument = document(allow('iam:GetRole', { Resource: `arn:aws:iam::${account}:role/a/*` }));
  admin.run(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'p', PolicyDocument }));
  expect((await iam(alice).send(new GetRoleCommand({ RoleName: 'deep' }))).Role?.Path).toBe('/a/b/');
  await expect(iam(alice).send(new GetRoleCommand({ RoleName: 'app' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  // For a session, aws:PrincipalArn is the role with its path, and the ARN of the caller has none.
  const Condition = { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${account}:role/a/b/deep` } };
  admin.run(
    new PutRolePolicyCommand({ RoleName: 'deep', PolicyName: 'p', PolicyDocument: document(allow('iam:*', { Condition })) }),
  );
  expect(await listing(iam(`arn:aws:iam::${account}:role/a/b/deep`))).toBe('ok');
});

test('credentials end with their principal, and a principal made again under its name is another', async () => {
  admin.run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: administrator }));
  const session = iam(app);
  admin.run(new DetachRolePolicyCommand({ RoleName: 'app', PolicyArn: administrator }));
  admin.run(new DeleteRoleCommand({ RoleName: 'app' }));
  expect(await listing(session)).toBe('The security token included in the request is invalid.');
  const trust = { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' };
  admin.run(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: document(trust) }));
  admin.run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: administrator }));
  expect(await listing(session)).toBe('The security token included in the request is invalid.');
  admin.run(new CreateUserCommand({ UserName: 'bob' }));
  const bob = sandbox.createClient(STSClient, {
    region: 'eu-west-1',
    credentials: sandbox.credentials(`arn:aws:iam::${account}:user/bob`, { session: true }),
  });
  admin.run(new DeleteUserCommand({ UserName: 'bob' }));
  await expect(bob.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
});

test('a key survives the renaming of its user', async () => {
  admin.run(new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn: readOnly }));
  const client = iam(alice);
  admin.run(new UpdateUserCommand({ UserName: 'alice', NewUserName: 'alicia', NewPath: '/x/' }));
  expect((await client.send(new GetUserCommand({}))).User?.Arn).toBe(`arn:aws:iam::${account}:user/x/alicia`);
});

test('a session ends in time', async () => {
  admin.run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: administrator }));
  const session = iam(app, { seconds: 900 });
  now += 899_999;
  expect(await listing(session)).toBe('ok');
  now += 1;
  await expect(session.send(new ListUsersCommand({}))).rejects.toMatchObject({ name: 'ExpiredToken' });
});

test('GetSessionToken cannot be denied, and its credentials cannot call IAM', async () => {
  admin.run(new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn: denyAll }));
  const sts = sandbox.createClient(STSClient, { region: 'eu-west-1', credentials: sandbox.credentials(alice) });
  const { Credentials } = await sts.send(new GetSessionTokenCommand({}));
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  const again = sandbox.createClient(STSClient, { region: 'eu-west-1', credentials });
  expect((await again.send(new GetCallerIdentityCommand({}))).Arn).toBe(alice);
  await expect(again.send(new GetSessionTokenCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  const client = sandbox.createClient(IAMClient, { region: 'eu-west-1', credentials });
  await expect(client.send(new ListUsersCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
});

test('a bucket policy: allows its account, needs both in another, and its deny wins even over the root', async () => {
  admin.run(new CreateBucketCommand({ Bucket: 'data-1' }), 'eu-west-1');
  admin.run(new PutObjectCommand({ Bucket: 'data-1', Key: 'k', Body: 'x' }), 'eu-west-1');
  const get = (principal: string, options?: CredentialOptions) =>
    sandbox
      .createClient(S3Client, { region: 'eu-west-1', credentials: sandbox.credentials(principal, options), maxAttempts: 1 })
      .send(new GetObjectCommand({ Bucket: 'data-1', Key: 'k' }))
      .then(
        () => 'ok',
        ({ name }) => name,
      );
  const put = (...statements: object[]) =>
    admin.run(new PutBucketPolicyCommand({ Bucket: 'data-1', Policy: document(...statements) }), 'eu-west-1');
  const Resource = 'arn:aws:s3:::data-1/*';
  expect(await get(alice)).toBe('AccessDenied');
  put(allow('s3:GetObject', { Resource, Principal: { AWS: [alice, app] } }));
  expect(await get(alice)).toBe('ok');
  // Named by its role, a session still needs its session policy's allow.
  expect(await get(app)).toBe('ok');
  expect(await get(app, { policies: [document(allow('iam:*'))] })).toBe('AccessDenied');
  admin.run(new PutRolePermissionsBoundaryCommand({ RoleName: 'app', PermissionsBoundary: denyAll }));
  expect(await get(app)).toBe('AccessDenied');

  const stranger = sandbox.as(`admin:${other}`);
  stranger.run(new CreateUserCommand({ UserName: 'eve' }));
  stranger.run(new CreateAccessKeyCommand({ UserName: 'eve' }));
  const eve = `arn:aws:iam::${other}:user/eve`;
  put(allow('s3:GetObject', { Resource, Principal: { AWS: eve } }));
  expect(await get(eve)).toBe('AccessDenied');
  stranger.run(new AttachUserPolicyCommand({ UserName: 'eve', PolicyArn: readOnly }));
  expect(await get(eve)).toBe('ok');
  put(allow('s3:GetObject', { Resource, Principal: '*' }), deny('s3:*', { Resource, Principal: '*' }));
  expect(await get(`admin:${account}`)).toBe('AccessDenied');
});

test('everybody is granted directly, past a boundary; and NotPrincipal denies whoever has one', async () => {
  admin.run(new CreateBucketCommand({ Bucket: 'data-1' }), 'eu-west-1');
  admin.run(new PutObjectCommand({ Bucket: 'data-1', Key: 'k', Body: 'x' }), 'eu-west-1');
  const get = (principal: string, options?: CredentialOptions) =>
    sandbox
      .createClient(S3Client, { region: 'eu-west-1', credentials: sandbox.credentials(principal, options), maxAttempts: 1 })
      .send(new GetObjectCommand({ Bucket: 'data-1', Key: 'k' }))
      .then(
        () => 'ok',
        ({ message }) => message,
      );
  const put = (...statements: object[]) =>
    admin.run(new PutBucketPolicyCommand({ Bucket: 'data-1', Policy: document(...statements) }), 'eu-west-1');
  const { Policy } = admin.run(new CreatePolicyCommand({ PolicyName: 'edge', PolicyDocument: document(allow('iam:*')) }));
  const PermissionsBoundary = Policy?.Arn ?? '';
  admin.run(new PutRolePermissionsBoundaryCommand({ RoleName: 'app', PermissionsBoundary }));
  const Resource = 'arn:aws:s3:::data-1/*';
  put(allow('s3:GetObject', { Resource, Principal: { AWS: app } }));
  expect(await get(app)).toMatch(/no permissions boundary allows/);
  const everybody = allow('s3:GetObject', { Resource, Principal: '*' });
  put(everybody);
  expect(await get(app)).toBe('ok');
  expect(await get(app, { policies: [document(allow('iam:*'))] })).toBe('ok');
  put(everybody, deny('s3:*', { Resource, NotPrincipal: { AWS: [app, alice] } }));
  expect(await get(alice)).toBe('ok');
  expect(await get(app)).toMatch(/explicit deny in a resource-based policy/);
});

test('lambda:SourceFunctionArn is not known to resource policies', async () => {
  admin.run(new CreateBucketCommand({ Bucket: 'data-1' }), 'eu-west-1');
  admin.run(new PutObjectCommand({ Bucket: 'data-1', Key: 'k', Body: 'x' }), 'eu-west-1');
  admin.run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: administrator }));
  const one = `arn:aws:lambda:eu-west-1:${account}:function:one`;
  const Condition = { ArnEquals: { 'lambda:SourceFunctionArn': one } };
  const Policy = document(deny('s3:*', { Principal: '*', Condition }));
  admin.run(new PutBucketPolicyCommand({ Bucket: 'data-1', Policy }), 'eu-west-1');
  const credentials = sandbox.credentials(app, { context: { 'lambda:SourceFunctionArn': one } });
  const client = sandbox.createClient(S3Client, { region: 'eu-west-1', credentials });
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'data-1', Key: 'k' }));
  expect(await Body?.transformToString()).toBe('x');
});
