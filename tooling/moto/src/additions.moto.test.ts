import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  GetUserCommand,
  IAMClient,
  ListServiceSpecificCredentialsCommand,
  ListUsersCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
  UpdateServiceSpecificCredentialCommand,
} from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Moto, startMoto } from './moto-server.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface Config {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly forcePathStyle: true;
  readonly maxAttempts: 1;
}

let moto: Moto;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto.stop());

const anybody: Credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const as = (credentials: Credentials = anybody): Config => ({
  endpoint: moto.endpoint,
  region: 'us-east-1',
  credentials,
  forcePathStyle: true,
  maxAttempts: 1,
});

const account = '123456789012';
const roleArn = `arn:aws:iam::${account}:role/service/app`;
const statement = (effect: string, more: object = {}): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: effect, Action: '*', Resource: '*', ...more }] });
const trusting = (more: object = {}): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole', ...more }],
  });

let iam: IAMClient;
let alice: Credentials;
beforeEach(async () => {
  await moto.reset();
  iam = new IAMClient(as());
  await iam.send(new CreateUserCommand({ UserName: 'alice', Path: '/staff/' }));
  await iam.send(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'all', PolicyDocument: statement('Allow') }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'alice' }));
  alice = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  await iam.send(new CreateRoleCommand({ RoleName: 'app', Path: '/service/', AssumeRolePolicyDocument: trusting() }));
  await iam.send(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'all', PolicyDocument: statement('Allow') }));
});

async function session(name: string, more: object = {}, by: Credentials = anybody, role = roleArn): Promise<Credentials> {
  const { Credentials: made } = await new STSClient(as(by)).send(
    new AssumeRoleCommand({ RoleArn: role, RoleSessionName: name, ...more }),
  );
  return {
    accessKeyId: made?.AccessKeyId ?? '',
    secretAccessKey: made?.SecretAccessKey ?? '',
    sessionToken: made?.SessionToken ?? '',
  };
}

const works = Promise.resolve('works');
const errorName = (error: unknown): string => (error as Error).name;

/** What happens to calls on four services, in the order IAM, EC2, Lambda, S3. */
async function calls(credentials: Credentials): Promise<readonly string[]> {
  await moto.enforcePolicies(true);
  const outcomes = await Promise.all([
    new IAMClient(as(credentials)).send(new ListUsersCommand({})).then(() => works, errorName),
    new EC2Client(as(credentials)).send(new DescribeInstancesCommand({})).then(() => works, errorName),
    new LambdaClient(as(credentials)).send(new ListFunctionsCommand({})).then(() => works, errorName),
    new S3Client(as(credentials)).send(new ListBucketsCommand({})).then(() => works, errorName),
  ]);
  await moto.enforcePolicies(false);
  return outcomes;
}

const all = ['works', 'works', 'works', 'works'];
const none = ['AccessDenied', 'AccessDenied', 'AccessDeniedException', 'AccessDenied'];

describe('policies are evaluated', () => {
  it('for users and for sessions', async () => {
    expect(await calls(alice)).toEqual(all);
    expect(await calls(await session('s1'))).toEqual(all);
  });

  it('with an explicit deny, on sessions that were there before', async () => {
    const before = await session('before');
    await iam.send(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'deny', PolicyDocument: statement('Deny') }));
    expect(await calls(before)).toEqual(none);
    expect(await calls(alice)).toEqual(all);
  });

  it.each(['alice', 'app'])('with the permissions boundary of %s', async (name) => {
    const credentials = name === 'alice' ? alice : await session('before');
    const PermissionsBoundary = 'arn:aws:iam::aws:policy/AWSDenyAll';
    if (name === 'alice') await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: name, PermissionsBoundary }));
    else await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: name, PermissionsBoundary }));
    expect(await calls(credentials)).toEqual(none);
  });

  it('with a session policy', async () => {
    const narrowed = await session('s1', { Policy: statement('Allow', { Action: 's3:*' }) });
    expect(await calls(narrowed)).toEqual([...none.slice(0, 3), 'works']);
  });

  it('with inactive keys', async () => {
    await iam.send(new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId: alice.accessKeyId, Status: 'Inactive' }));
    expect(await calls(alice)).toEqual([
      'InvalidClientTokenId',
      'AuthFailure',
      'UnrecognizedClientException',
      'InvalidAccessKeyId',
    ]);
  });

  it('with conditions on the instance that a session belongs to', async () => {
    const [one, other] = [await session('i-0aaaaaaaaaaaaaaa1'), await session('i-0aaaaaaaaaaaaaaa2')];
    const deny = statement('Deny', {
      Condition: { ArnEquals: { 'ec2:SourceInstanceARN': `arn:aws:ec2:us-east-1:${account}:instance/i-0aaaaaaaaaaaaaaa1` } },
    });
    await iam.send(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'deny', PolicyDocument: deny }));
    expect(await calls(one)).toEqual(none);
    expect(await calls(other)).toEqual(all);
  });

  it('with conditions on the function that a session belongs to', async () => {
    const lambda = new LambdaClient(as());
    for (const FunctionName of ['one', 'other']) await lambda.send(new CreateFunctionCommand({ ...code, FunctionName }));
    const [one, other] = [await session('one'), await session('other')];
    const deny = statement('Deny', {
      Condition: { ArnLike: { 'lambda:SourceFunctionArn': `arn:aws:lambda:us-east-1:${account}:function:one` } },
    });
    await iam.send(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'deny', PolicyDocument: deny }));
    expect(await calls(one)).toEqual(none);
    expect(await calls(other)).toEqual(all);
  });

  it('with the external id that a role of another account asks for', async () => {
    const there = 'arn:aws:iam::444455556666:role/';
    const seed = new IAMClient(as(await session('seed', {}, anybody, `${there}seed`)));
    const trust = trusting({ Condition: { StringEquals: { 'sts:ExternalId': 'sesame' } } });
    await seed.send(new CreateRoleCommand({ RoleName: 'responder', AssumeRolePolicyDocument: trust }));
    await moto.enforcePolicies(true);
    for (const more of [{}, { ExternalId: 'guessed' }]) {
      await expect(session('s1', more, alice, `${there}responder`)).rejects.toThrow(/not authorized/);
    }
    const inside = await session('s1', { ExternalId: 'sesame' }, alice, `${there}responder`);
    expect(await new STSClient(as(inside)).send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '444455556666' });
  });
});

// An empty archive: moto takes any bytes.
const code = {
  Role: roleArn,
  Runtime: 'nodejs22.x',
  Handler: 'index.handler',
  Code: { ZipFile: new Uint8Array([80, 75, 5, 6, ...new Array(18).fill(0)]) },
} as const;

describe('operations are there', () => {
  it('for service-specific credentials', async () => {
    await iam.send(new CreateServiceSpecificCredentialCommand({ UserName: 'alice', ServiceName: 'codecommit.amazonaws.com' }));
    const list = new ListServiceSpecificCredentialsCommand({ UserName: 'alice' });
    const [made] = (await iam.send(list)).ServiceSpecificCredentials ?? [];
    expect(made).toMatchObject({ UserName: 'alice', Status: 'Active', ServiceName: 'codecommit.amazonaws.com' });
    const ServiceSpecificCredentialId = made?.ServiceSpecificCredentialId;
    await iam.send(
      new UpdateServiceSpecificCredentialCommand({ UserName: 'alice', ServiceSpecificCredentialId, Status: 'Inactive' }),
    );
    expect((await iam.send(list)).ServiceSpecificCredentials).toMatchObject([
      { ServiceSpecificCredentialId, Status: 'Inactive' },
    ]);
  });

  it('for ids and boundaries of users', async () => {
    const PermissionsBoundary = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: 'alice', PermissionsBoundary }));
    const { User } = await iam.send(new GetUserCommand({ UserName: 'alice' }));
    expect(User?.UserId).toMatch(/^AIDA[A-Z2-7]{17}$/);
    expect(User?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(PermissionsBoundary);
  });

  it('for the quotas of policies', async () => {
    for (let at = 0; at < 11; at += 1) {
      const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: `p${at}`, PolicyDocument: statement('Allow') }));
      const attached = iam.send(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: Policy?.Arn }));
      if (at < 10) await attached;
      else await expect(attached).rejects.toThrow('PoliciesPerRole: 10');
    }
    const long = statement('Allow', {
      Resource: Array.from({ length: 60 }, (_, at) => `arn:aws:s3:::a-long-name-of-a-bucket-${at}`),
    });
    const put = iam.send(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'long', PolicyDocument: long }));
    await expect(put).rejects.toThrow('2048 bytes exceeded');
  });

  it('for provisioned concurrency', async () => {
    const lambda = new LambdaClient(as());
    await lambda.send(new CreateFunctionCommand({ ...code, FunctionName: 'one' }));
    await lambda.send(new PublishVersionCommand({ FunctionName: 'one' }));
    const of = { FunctionName: 'one', Qualifier: '1' };
    const list = new ListProvisionedConcurrencyConfigsCommand({ FunctionName: 'one' });
    expect((await lambda.send(list)).ProvisionedConcurrencyConfigs).toEqual([]);
    await lambda.send(new PutProvisionedConcurrencyConfigCommand({ ...of, ProvisionedConcurrentExecutions: 2 }));
    expect((await lambda.send(list)).ProvisionedConcurrencyConfigs).toMatchObject([
      {
        FunctionArn: `arn:aws:lambda:us-east-1:${account}:function:one:1`,
        RequestedProvisionedConcurrentExecutions: 2,
        Status: 'READY',
      },
    ]);
    await lambda.send(new DeleteProvisionedConcurrencyConfigCommand(of));
    await expect(lambda.send(new DeleteProvisionedConcurrencyConfigCommand(of))).rejects.toThrow(
      'No Provisioned Concurrency Config',
    );
  });
});
