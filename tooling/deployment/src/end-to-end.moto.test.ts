import { EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Moto, type SessionCredentials, startMoto } from '@entity-lockdown/moto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dump } from '../../scenarios/src/moto/dump.ts';
import { expectShutOut } from '../../scenarios/src/moto/shut-out.ts';
import { type EntityType, type World, worldOf } from '../../scenarios/src/moto/worlds.ts';
import type { Account } from './accounts.ts';
import { type Ended, lockdown } from './testing/command.ts';
import { elsewhere, home, type Organization, organization } from './testing/organization.ts';
import { sessionWith, userWith } from './testing/people.ts';
import { manifests } from './testing/plugins.ts';
import { responderZip } from './testing/responder-zip.ts';
import { type SubscribedQueue, subscribedQueue } from './testing/subscribed-queue.ts';

// The responder as it is built, in the stacks as they are deployed, and the built command beside it.

const secret = 'planted-secret-of-requests-0001';

let moto: Moto;
let organized: Organization;
let analyst: { readonly accessKeyId: string; readonly secretAccessKey: string };
let lead: SessionCredentials;
let siem: SubscribedQueue;
beforeAll(async () => {
  moto = await startMoto();
  organized = await organization({ moto, manifests, zip: responderZip(), parameters: { RequestExternalId: secret } });
  const { security, outputs } = organized;
  analyst = await userWith(security, 'analyst', outputs.RequestPolicyArn);
  lead = await sessionWith(security, 'IncidentLead', outputs.ReleasePolicyArn);
  siem = await subscribedQueue(security, outputs.AuditTopicArn ?? '', 'siem');
});
afterAll(async () => {
  organized?.parts.stop();
  await moto.stop();
});

const types = ['user', 'role', 'function', 'instance'] as const satisfies readonly EntityType[];

/** Entities of each type in one Region of an account. */
async function worldsIn({ id, endpoint, credentials }: Account, region: string): Promise<readonly World[]> {
  const config = { endpoint, region, credentials };
  const sqs = new SQSClient(config);
  const account = {
    endpoint,
    id,
    region,
    iam: new IAMClient(config),
    ec2: new EC2Client(config),
    lambda: new LambdaClient(config),
    settle: async () => undefined,
    createQueue: (QueueName: string) => sqs.send(new CreateQueueCommand({ QueueName })),
  };
  const worlds: World[] = [];
  for (const type of types) worlds.push(await worldOf[type](account));
  return worlds;
}

async function publish(attributes: { readonly [name: string]: string }, Message = 'seen in the leak'): Promise<void> {
  const sns = new SNSClient({ endpoint: moto.endpoint, region: home, credentials: analyst, maxAttempts: 1 });
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );
  await sns.send(new PublishCommand({ TopicArn: organized.outputs.RequestTopicArn, Message, MessageAttributes }));
}

function asLead(...args: readonly string[]): Promise<Ended> {
  const place = { endpoint: moto.endpoint, region: home, credentials: lead, ahead: organized.parts.ahead() };
  return lockdown(place, ...args, '--ledger', organized.outputs.Ledger ?? '');
}

const release = ['--role-name', 'EntityLockdownRelease'] as const;

describe.each([
  ['the home account', 'security', home],
  ['another account', 'workload', home],
  ['another Region', 'other', elsewhere],
] as const)('in %s', (_, account, region) => {
  let worlds: readonly World[];
  let before: object;
  let records: readonly string[];

  test('a publish contains an entity of each type, and everybody is told', async () => {
    const { parts } = organized;
    worlds = await worldsIn(organized[account], region);
    const reader = (worlds[0] as World).account;
    before = await dump(reader);
    await siem.take();
    const mailed = parts.mails.length;
    for (const { arn } of worlds) await publish({ Arn: arn, ExternalId: secret });
    await parts.advance(180);
    for (const [at, type] of types.entries()) await expectShutOut[type](worlds[at] as World);

    const noted = await siem.take();
    for (const { arn } of worlds) {
      const about = noted.filter(({ Message }) => Message.includes(arn));
      expect(about.map(({ MessageAttributes }) => MessageAttributes.kind?.Value)).toEqual(['started', 'contained']);
    }
    const mails = parts.mails.slice(mailed).map(({ to, subject }) => [to, subject]);
    for (const to of ['soc@example.com', 'lead@example.com'])
      expect(mails.filter(([each]) => each === to).map(([, subject]) => subject)).toEqual(noted.map(({ Subject }) => Subject));
    expect(parts.lost).toEqual([]);
    expect(parts.invocations.filter(({ answer }) => 'error' in answer)).toEqual([]);
    records = worlds.map(({ arn }) => {
      const contained = noted.find(
        ({ Message, MessageAttributes }) => Message.includes(arn) && MessageAttributes.kind?.Value === 'contained',
      );
      return contained?.MessageAttributes.record?.Value ?? '';
    });
  });

  test('the command shows the records, and finds them as they are said to be', async () => {
    const status = await asLead('status', '--verify', ...release);
    expect(status).toMatchObject({ code: 0 });
    for (const { arn } of worlds) expect(status.out).toContain(arn);
    for (const record of records) expect(status.out).toContain(record);
  });

  test('the command releases them, and everything is as it was', async () => {
    for (const record of records.toReversed()) {
      const released = await asLead('release', record, '--yes', ...release);
      expect(released).toMatchObject({ code: 0 });
    }
    const reader = (worlds[0] as World).account;
    expect(await dump(reader)).toEqual(before);
    await siem.take();
    await organized.parts.advance(60);
    const told = await siem.take();
    expect(told.map(({ MessageAttributes }) => MessageAttributes.record?.Value).toSorted()).toEqual(records.toSorted());
    expect(new Set(told.map(({ MessageAttributes }) => MessageAttributes.kind?.Value))).toEqual(new Set(['released']));
  });
});
