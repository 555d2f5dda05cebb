import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  ListUsersCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FaultProxy, type Faults, startFaultProxy } from './fault-proxy.ts';
import { type Moto, startMoto } from './moto-server.ts';

let moto: Moto;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto.stop());
beforeEach(() => moto.reset());

const root = { accessKeyId: 'test', secretAccessKey: 'test' };
const to = (endpoint: string, credentials = root): { endpoint: string; region: string; credentials: typeof root } => ({
  endpoint,
  region: 'us-east-1',
  credentials,
});

describe('moto', () => {
  it('is empty after a reset', async () => {
    const iam = new IAMClient(to(moto.endpoint));
    await iam.send(new CreateUserCommand({ UserName: 'alice' }));
    await moto.reset();
    expect((await iam.send(new ListUsersCommand({}))).Users).toEqual([]);
  });

  it('has several accounts, by assuming a role of each', async () => {
    const sts = new STSClient(to(moto.endpoint));
    const role = 'arn:aws:iam::444455556666:role/responder';
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 's' }));
    const there = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
    expect(await new STSClient(to(moto.endpoint, there)).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '444455556666',
    });
    await new IAMClient(to(moto.endpoint, there)).send(new CreateUserCommand({ UserName: 'bob' }));
    expect((await new IAMClient(to(moto.endpoint)).send(new ListUsersCommand({}))).Users).toEqual([]);
  });

  it('has AWSDenyAll, and denies by it once policies are enforced', async () => {
    const iam = new IAMClient(to(moto.endpoint));
    await iam.send(new CreateUserCommand({ UserName: 'alice' }));
    const allow = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
    await iam.send(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'all', PolicyDocument: JSON.stringify(allow) }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'alice' }));
    const alice = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    const s3 = new S3Client({ ...to(moto.endpoint, alice), forcePathStyle: true });
    await moto.enforcePolicies(true);
    await s3.send(new ListBucketsCommand({}));
    await moto.enforcePolicies(false);
    await iam.send(new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn: 'arn:aws:iam::aws:policy/AWSDenyAll' }));
    await moto.enforcePolicies(true);
    await expect(s3.send(new ListBucketsCommand({}))).rejects.toThrow(/Access ?Denied/);
  });

  it('takes the time it is told to', async () => {
    const sts = new STSClient(to(moto.endpoint));
    await moto.setLatency(150);
    const from = performance.now();
    await sts.send(new GetCallerIdentityCommand({}));
    const took = performance.now() - from;
    await moto.setLatency(0);
    expect(took).toBeGreaterThan(145);
  });

  it('ends with the process that started it, even if that is killed', async () => {
    const start = `const { startMoto } = await import(${JSON.stringify(new URL('./moto-server.ts', import.meta.url).href)}); console.log((await startMoto()).endpoint)`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', start], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const endpoint = line.toString().trim();
    expect((await fetch(`${endpoint}/moto-api/data.json`)).ok).toBe(true);
    child.kill('SIGKILL');
    await expect
      .poll(
        () =>
          fetch(`${endpoint}/moto-api/data.json`).then(
            () => 'there',
            () => 'gone',
          ),
        { timeout: 10_000 },
      )
      .toBe('gone');
  });
});

describe('the proxy before it', () => {
  let proxy: FaultProxy;
  const through = async (faults: Faults): Promise<IAMClient> => {
    proxy = await startFaultProxy(moto.endpoint, faults);
    return new IAMClient({ ...to(proxy.endpoint), maxAttempts: 1 });
  };
  const users = async (): Promise<unknown> =>
    (await new IAMClient(to(moto.endpoint)).send(new ListUsersCommand({}))).Users?.map(({ UserName }) => UserName);
  const alice = new CreateUserCommand({ UserName: 'alice' });

  it('passes everything on, signed as it was', async () => {
    const iam = await through({});
    await iam.send(alice);
    expect(await users()).toEqual(['alice']);
    expect(proxy.requests.map(({ number, method, action }) => [number, method, action])).toEqual([[1, 'POST', 'CreateUser']]);
    await proxy.stop();
  });

  it.each([['refuse' as const], [503]])('lets a request fail (%s) before anything was done', async (fault) => {
    const iam = await through({ before: () => fault });
    await expect(iam.send(alice)).rejects.toThrow();
    expect(await users()).toEqual([]);
    await proxy.stop();
  });

  it.each([['cut' as const], [500]])('loses an answer (%s) after it was done', async (lost) => {
    const iam = await through({ after: ({ action }, status) => (action === 'CreateUser' && status === 200 ? lost : undefined) });
    await expect(iam.send(alice)).rejects.toThrow();
    expect(await users()).toEqual(['alice']);
    await proxy.stop();
  });

  it('serves buckets too', async () => {
    const { endpoint, stop } = await startFaultProxy(moto.endpoint, {});
    const s3 = new S3Client({ ...to(endpoint), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'ledger' }));
    expect((await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toEqual(['ledger']);
    await stop();
  });
});
