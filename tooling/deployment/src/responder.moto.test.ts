import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
} from '@aws-sdk/client-iam';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { type Moto, type SessionCredentials, startMoto } from '@entity-lockdown/moto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Account, assume, createRole } from './accounts.ts';
import { elsewhere, home, ids, type Organization, organization, suspect } from './testing/organization.ts';
import { manifests } from './testing/plugins.ts';
import { responderZip } from './testing/responder-zip.ts';

// The responder's own zip, in the deployed templates.

const zip = responderZip();
const lockdown = fileURLToPath(new URL('../../../apps/cli/bin/lockdown.js', import.meta.url));

let moto: Moto;
let made: Organization;
let analyst: SessionCredentials;
let secret: string;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto.stop());
beforeEach(async () => {
  await moto.reset();
  made = await organization({ moto, manifests, zip, parameters: { AccountIds: `${ids.security},${ids.workload},${ids.other}` } });
  const { security, outputs } = made;
  const role = await createRole(security, 'Analyst', {
    Effect: 'Allow',
    Action: 'sns:Publish',
    Resource: outputs.RequestTopicArn,
  });
  analyst = await assume(moto.endpoint, security.credentials, role);
  const client = new SecretsManagerClient({ endpoint: moto.endpoint, region: home, credentials: security.credentials });
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: outputs.SecretArn }));
  secret = (JSON.parse(SecretString) as { readonly requestExternalId: string }).requestExternalId;
});
afterEach(() => made.parts.stop());

/** Publishes as an analyst who may do nothing else. */
async function request(arn: string, externalId: string | undefined = secret): Promise<void> {
  const sns = new SNSClient({ endpoint: moto.endpoint, region: home, credentials: analyst });
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  await sns.send(
    new PublishCommand({
      TopicArn: made.outputs.RequestTopicArn,
      Message: 'contain',
      MessageAttributes: { Arn: text(arn), ...(externalId !== undefined && { ExternalId: text(externalId) }) },
    }),
  );
}

const subjects = (): readonly string[] =>
  made.parts.mails.filter(({ to }) => to === 'soc@example.com').map(({ subject }) => (subject ?? '').replace('[lockdown] ', ''));

async function user({ id, endpoint, credentials }: Account, UserName: string): Promise<string> {
  const iam = new IAMClient({ endpoint, credentials, region: home });
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new CreateAccessKeyCommand({ UserName }));
  return `arn:aws:iam::${id}:user/${UserName}`;
}

async function lambda(account: Account, FunctionName: string): Promise<string> {
  const { id, endpoint, credentials } = account;
  const Role = await suspect(account, FunctionName);
  const emptyZip = new Uint8Array([80, 75, 5, 6, ...Array.from({ length: 18 }, () => 0)]);
  await new LambdaClient({ endpoint, credentials, region: elsewhere }).send(
    new CreateFunctionCommand({
      FunctionName,
      Role,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: emptyZip },
    }),
  );
  return `arn:aws:lambda:${elsewhere}:${id}:function:${FunctionName}`;
}

async function instance({ id, endpoint, credentials }: Account): Promise<string> {
  const ec2 = new EC2Client({ endpoint, credentials, region: elsewhere });
  const { Instances } = await ec2.send(new RunInstancesCommand({ ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1 }));
  return `arn:aws:ec2:${elsewhere}:${id}:instance/${Instances?.[0]?.InstanceId}`;
}

const inlineOfUser = async ({ endpoint, credentials }: Account, UserName: string): Promise<readonly string[]> =>
  (await new IAMClient({ endpoint, credentials, region: home }).send(new ListUserPoliciesCommand({ UserName }))).PolicyNames ??
  [];
const inlineOfRole = async ({ endpoint, credentials }: Account, RoleName: string): Promise<readonly string[]> =>
  (await new IAMClient({ endpoint, credentials, region: home }).send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames ??
  [];

test('a publish contains an entity of each type, in three accounts and two Regions; a human releases them', async () => {
  const { security, workload, other, outputs, parts } = made;
  const arns = [
    await user(security, 'alice'),
    await suspect(workload, 'app'),
    await lambda(other, 'task'),
    await instance(workload),
  ];
  for (const arn of arns) await request(arn);
  await parts.advance(180);
  expect(parts.lost).toEqual([]);
  expect(subjects().filter((subject) => subject.startsWith('CONTAINING: '))).toHaveLength(4);
  expect(subjects().filter((subject) => subject.startsWith('CONTAINED: '))).toHaveLength(4);
  expect(subjects()).toHaveLength(8);
  expect(parts.mails.filter(({ to }) => to === 'lead@example.com')).toHaveLength(8);
  expect(await inlineOfUser(security, 'alice')).toHaveLength(1);
  for (const [account, name] of [
    [workload, 'app'],
    [other, 'task'],
  ] as const)
    expect(await inlineOfRole(account, name)).toHaveLength(1);

  const lead = await createRole(security, 'IncidentLead', { Effect: 'Deny', Action: 'ec2:RunInstances', Resource: '*' });
  await new IAMClient({ endpoint: moto.endpoint, region: home, credentials: security.credentials }).send(
    new AttachRolePolicyCommand({ RoleName: 'IncidentLead', PolicyArn: outputs.ReleasePolicyArn }),
  );
  const credentials = await assume(moto.endpoint, security.credentials, lead);
  for (const arn of arns) await release(arn, credentials);
  expect(await inlineOfUser(security, 'alice')).toEqual([]);
  for (const [account, name] of [
    [workload, 'app'],
    [other, 'task'],
  ] as const)
    expect(await inlineOfRole(account, name)).toEqual([]);
});

async function release(arn: string, credentials: SessionCredentials): Promise<void> {
  await promisify(execFile)(
    process.execPath,
    [
      lockdown,
      'release',
      arn,
      '--ledger',
      made.outputs.Ledger ?? '',
      '--role-name',
      'EntityLockdownRelease',
      '--reason',
      'test',
      '--yes',
    ],
    {
      env: {
        ...(process.env.TMPDIR !== undefined && { TMPDIR: process.env.TMPDIR, HOME: process.env.TMPDIR }),
        AWS_ENDPOINT_URL: moto.endpoint,
        AWS_REGION: home,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
      },
    },
  );
}

test('a message that comes three times is one containment, and one mail of each kind', async () => {
  const arn = await user(made.workload, 'alice');
  await request(arn);
  await made.parts.settle();
  const { event } = made.parts.invocations[0] ?? {};
  for (let time = 0; time < 2; time += 1) await made.parts.deliverAgain(event as object);
  await made.parts.advance(180);
  expect(subjects().map((subject) => subject.split(':')[0])).toEqual(['CONTAINING', 'CONTAINED']);
});

describe('contains nothing, and tells of it', () => {
  async function untouched(): Promise<void> {
    await made.parts.advance(180);
    expect(await inlineOfUser(made.workload, 'alice')).toEqual([]);
    expect(subjects().filter((subject) => /^(CONTAIN|PARTIAL)/.test(subject))).toEqual([]);
    expect(subjects().length).toBeGreaterThan(0);
  }

  test.each([
    ['a wrong secret', 'wrong-wrong-wrong-wrong-wrong'],
    ['no secret', undefined],
  ])('%s', async (_, externalId) => {
    const arn = await user(made.workload, 'alice');
    const sns = new SNSClient({ endpoint: moto.endpoint, region: home, credentials: analyst });
    await sns.send(
      new PublishCommand({
        TopicArn: made.outputs.RequestTopicArn,
        Message: 'contain',
        MessageAttributes: {
          Arn: { DataType: 'String', StringValue: arn },
          ...(externalId !== undefined && { ExternalId: { DataType: 'String', StringValue: externalId } }),
        },
      }),
    );
    await untouched();
  });

  test('a request on the findings topic', async () => {
    const arn = await user(made.workload, 'alice');
    const rule = `arn:aws:events:${home}:${ids.security}:rule/any`;
    expect(await made.parts.publishFromRule(made.outputs.FindingsTopicArn ?? '', rule, { arn, externalId: secret })).toBe(true);
    await untouched();
  });

  test.each(['EntityLockdownResponder', 'EntityLockdownContainment'])('%s', async (name) => {
    await user(made.workload, 'alice');
    const before = await inlineOfRole(made.security, name);
    await request(`arn:aws:iam::${ids.security}:role/${name}`);
    await untouched();
    expect(await inlineOfRole(made.security, name)).toEqual(before);
  });
});

test('not even a request for the release role changes it', async () => {
  const before = await inlineOfRole(made.security, 'EntityLockdownRelease');
  await request(`arn:aws:iam::${ids.security}:role/EntityLockdownRelease`);
  await made.parts.advance(180);
  expect(before).toEqual(['Plugins', 'NeverItself']);
  expect(await inlineOfRole(made.security, 'EntityLockdownRelease')).toEqual(before);
});

test('the ledger is where the templates say, and no secret in it, in the mails or in the log', async () => {
  const { workload, security, outputs, parts } = made;
  await request(await user(workload, 'alice'));
  await request(`arn:aws:iam::${ids.workload}:user/nobody`);
  await parts.advance(60);
  const s3 = new S3Client({ endpoint: moto.endpoint, region: home, credentials: security.credentials, forcePathStyle: true });
  const [bucket = '', prefix] = (outputs.Ledger ?? '').slice('s3://'.length).split('/');
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  expect(Contents.length).toBeGreaterThan(0);
  expect(Contents.filter(({ Key }) => !Key?.startsWith(`${prefix}/`))).toEqual([]);
  expect(JSON.stringify([parts.mails, parts.output])).not.toContain(secret);
  await expect(
    new S3Client({ endpoint: moto.endpoint, region: home, credentials: analyst, forcePathStyle: true }).send(
      new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/forged`, Body: 'forged' }),
    ),
  ).rejects.toThrow();
});
