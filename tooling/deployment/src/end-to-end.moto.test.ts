import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { synthesize } from '@entity-lockdown/infra';
import { type Moto, type SessionCredentials, startMoto } from '@entity-lockdown/moto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountOf } from '../../scenarios/src/moto/account.ts';
import { dump } from '../../scenarios/src/moto/dump.ts';
import { expectShutOut } from '../../scenarios/src/moto/shut-out.ts';
import { type EntityType, type World, worldOf } from '../../scenarios/src/moto/worlds.ts';
import { type Account, assume } from './accounts.ts';
import { type Ended, lockdown } from './testing/command.ts';
import { elsewhere, home, ids, type Organization, organization, suspect } from './testing/organization.ts';
import { sessionWith, userWith } from './testing/people.ts';
import { manifests } from './testing/plugins.ts';
import { responderZip } from './testing/responder-zip.ts';
import { type Noted, type SubscribedQueue, subscribedQueue } from './testing/subscribed-queue.ts';

// The responder as it is built, in the stacks as they are deployed, and the built command beside it.

const secret = 'planted-secret-of-requests-0001';

let moto: Moto;
let organized: Organization;
let analyst: { readonly accessKeyId: string; readonly secretAccessKey: string };
let lead: SessionCredentials;
let siem: SubscribedQueue;
beforeAll(async () => {
  moto = await startMoto();
  const parameters = { RequestExternalId: secret, AccountIds: `${ids.security},${ids.workload},${ids.other}` };
  organized = await organization({ moto, manifests, zip: responderZip(), parameters });
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
async function worldsIn(account: Account, region: string): Promise<readonly World[]> {
  const worlds: World[] = [];
  for (const type of types) worlds.push(await worldOf[type](accountOf(account, region)));
  return worlds;
}

async function publish(attributes: { readonly [name: string]: string }, Message = 'seen in the leak'): Promise<void> {
  const sns = new SNSClient({ endpoint: moto.endpoint, region: home, credentials: analyst, maxAttempts: 1 });
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );
  await sns.send(new PublishCommand({ TopicArn: organized.outputs.RequestTopicArn, Message, MessageAttributes }));
}

async function publishAsFinding(event: object): Promise<void> {
  expect(await organized.parts.publishFromRule(organized.outputs.FindingsTopicArn ?? '', event)).toBe(true);
}

function asLead(...args: readonly string[]): Promise<Ended> {
  const place = { endpoint: moto.endpoint, region: home, credentials: lead, ahead: organized.parts.ahead() };
  return lockdown(place, ...args, '--ledger', organized.outputs.Ledger ?? '');
}

const release = ['--role-name', 'EntityLockdownRelease'] as const;

interface Place {
  readonly worlds: readonly World[];
  readonly before: object;
}
const places: Place[] = [];
const records: string[] = [];
let spared = 0;

describe('for one who may publish, and nothing else', () => {
  test.each([
    ['the home account', 'security', home],
    ['another account', 'workload', home],
    ['another Region of a third', 'other', elsewhere],
  ] as const)('an entity of each type is contained in %s, and everybody is told', async (_, account, region) => {
    const { parts } = organized;
    const worlds = await worldsIn(organized[account], region);
    const [{ account: reader }] = worlds as readonly [World, ...World[]];
    places.push({ worlds, before: await dump(reader) });
    const mailed = parts.mails.length;
    for (const { arn } of worlds) await publish({ Arn: arn, ExternalId: secret });
    await parts.advance(180);
    for (const [at, type] of types.entries()) await expectShutOut[type](worlds[at] as World);

    const noted = await siem.take();
    for (const { arn } of worlds) {
      const about = noted.filter(({ Message }) => Message.includes(arn));
      expect(about.map(kindOf)).toEqual(['started', 'contained']);
      records.push(about[1]?.MessageAttributes.record?.Value ?? '');
    }
    for (const to of ['soc@example.com', 'lead@example.com']) {
      const subjects = parts.mails.slice(mailed).flatMap((mail) => (mail.to === to ? [mail.subject] : []));
      expect(subjects).toEqual(noted.map(({ Subject }) => Subject));
    }
    expect(parts.lost).toEqual([]);
    expect(parts.invocations.filter(({ answer }) => 'error' in answer)).toEqual([]);
  });

  test('the command shows the records, and finds the entities as they are said to be', async () => {
    const status = await asLead('status', '--verify', ...release);
    expect(status).toMatchObject({ code: 0 });
    for (const { arn } of places.flatMap(({ worlds }) => worlds)) expect(status.out).toContain(arn);
    for (const record of records) expect(status.out).toContain(record);
  });

  test('the mail has the command that releases; with it, everything is as it was', async () => {
    const { parts } = organized;
    const [first = '', ...others] = records;
    const contained = parts.mails.find(
      ({ attributes }) => attributes.record?.Value === first && attributes.kind?.Value === 'contained',
    );
    const command = /^ {2}lockdown (release .+)$/m.exec(contained?.body ?? '')?.[1];
    const place = { endpoint: moto.endpoint, region: home, credentials: lead, ahead: parts.ahead() };
    const one = lockdown(place, ...(command ?? '').split(' '), '--yes');
    const more = await Promise.all([one, asLead('release', ...others, '--yes', ...release)]);
    for (const released of more) expect(released).toMatchObject({ code: 0 });
    for (const { worlds, before } of places) expect(await dump((worlds[0] as World).account)).toEqual(before);

    await parts.advance(60);
    const told = await siem.take();
    expect(told.map(({ MessageAttributes }) => MessageAttributes.record?.Value).toSorted()).toEqual(records.toSorted());
    expect([...new Set(told.map(kindOf))]).toEqual(['released']);
  });

  test('lockdown request publishes what the responder contains, and its ARN is enough to release it', async () => {
    const { parts, outputs } = organized;
    const arn = await suspect(organized.workload, 'Suspect');
    const place = { endpoint: moto.endpoint, region: home, credentials: analyst, ahead: parts.ahead() };
    const env = { LOCKDOWN_EXTERNAL_ID: secret, LOCKDOWN_REQUEST_TOPIC: outputs.RequestTopicArn ?? '' };
    expect(await lockdown({ ...place, env }, 'request', arn, '--yes', '--reason', 'seen in the leak')).toMatchObject({ code: 0 });
    await parts.settle();
    const noted = await siem.take();
    expect(noted.map(kindOf)).toEqual(['started', 'contained']);
    expect(noted[0]?.Message).toContain('seen in the leak');
    expect((await asLead('status')).out).toContain(arn);
    expect(await asLead('release', arn, '--reason', 'a false alarm', '--yes', ...release)).toMatchObject({ code: 0 });
    await parts.advance(60);
    expect((await siem.take()).map(kindOf)).toEqual(['released']);
  });

  test('a message that comes three times is one containment, and one mail of each kind', async () => {
    const { parts, workload } = organized;
    const arn = await suspect(workload, 'Thrice');
    await publish({ Arn: arn, ExternalId: secret });
    await parts.settle();
    const delivered = parts.invocations.find(({ event }) => JSON.stringify(event).includes(arn));
    for (let time = 0; time < 2; time += 1) await parts.deliverAgain(delivered?.event as object);
    await parts.advance(180);
    expect((await siem.take()).map(kindOf)).toEqual(['started', 'contained']);
  });

  test.each([
    ['a wrong secret', (arn: string) => publish({ Arn: arn, ExternalId: 'planted-secret-of-a-stranger' }), 'not-authenticated'],
    ['no secret', (arn: string) => publish({ Arn: arn }), 'not-authenticated'],
    ['the secret on the findings topic', (arn: string) => publishAsFinding({ arn, externalId: secret }), 'not-a-finding'],
  ])('with %s nothing is contained, and it is told', async (_, send, outcome) => {
    const { parts, workload } = organized;
    const arn = await suspect(workload, `Spared${spared++}`);
    const reader = accountOf(workload, home);
    const before = await dump(reader);
    await send(arn);
    await parts.advance(180);
    expect(await dump(reader)).toEqual(before);
    const noted = await siem.take();
    expect(noted.map(({ MessageAttributes }) => [MessageAttributes.kind?.Value, MessageAttributes.outcome?.Value])).toEqual([
      ['refused', outcome],
    ]);
    expect(JSON.stringify([noted, parts.output])).not.toContain('planted-secret');
  });

  test.each([
    ['Responder', 'own-identity'],
    ['Containment', 'protected'],
    ['Release', 'protected'],
  ])('the role EntityLockdown%s is not contained, and that is told', async (name, outcome) => {
    const { parts, security } = organized;
    const reader = accountOf(security, home);
    const before = await dump(reader);
    await publish({ Arn: roleOfHome(name), ExternalId: secret });
    await parts.advance(180);
    expect(JSON.stringify(before)).toContain(`EntityLockdown${name}`);
    expect(await dump(reader)).toEqual(before);
    const noted = await siem.take();
    expect(noted.map(({ MessageAttributes }) => [MessageAttributes.kind?.Value, MessageAttributes.outcome?.Value])).toEqual([
      ['refused', outcome],
    ]);
  });

  test('the ledger is where the templates say; who may publish writes nothing into it; no secret is in the mails or the log', async () => {
    const { security, outputs, parts } = organized;
    await publish({ Arn: `arn:aws:iam::${ids.workload}:user/nobody`, ExternalId: secret });
    await parts.advance(60);
    expect((await siem.take()).map(kindOf)).toEqual(['refused']);
    const [Bucket = '', prefix] = (outputs.Ledger ?? '').slice('s3://'.length).split('/');
    const s3 = (credentials: typeof analyst): S3Client =>
      new S3Client({ endpoint: moto.endpoint, region: home, credentials, forcePathStyle: true });
    const { Contents = [] } = await s3(security.credentials).send(new ListObjectsV2Command({ Bucket }));
    expect(Contents.length).toBeGreaterThan(0);
    expect(Contents.filter(({ Key }) => !Key?.startsWith(`${prefix}/`))).toEqual([]);
    expect(JSON.stringify([parts.mails, parts.output])).not.toContain('planted-secret');
    const forged = new PutObjectCommand({ Bucket, Key: `${prefix}/forged`, Body: 'forged' });
    await expect(s3(analyst).send(forged)).rejects.toThrow(/Access ?Denied|not authorized|Forbidden/i);
  });

  test('who may publish may not read what is told, nor the ledger, nor take a role', async () => {
    const { outputs } = organized;
    const place = { endpoint: moto.endpoint, region: home, credentials: analyst, ahead: organized.parts.ahead() };
    expect((await lockdown(place, 'status', '--ledger', outputs.Ledger ?? '')).code).not.toBe(0);
    for (const role of [outputs.ResponderRoleArn ?? '', ...['Containment', 'Release'].map(roleOfHome)])
      await expect(assume(moto.endpoint, analyst, role, outputs.ExternalId)).rejects.toThrow(/Access ?Denied|not authorized/i);
  });
});

describe('the alarms', () => {
  test('one watches the metric of a mail that could not be sent', async () => {
    const { security, parts } = organized;
    const iam = new IAMClient({ endpoint: moto.endpoint, region: home, credentials: security.credentials });
    const role = { RoleName: 'EntityLockdownResponder' };
    const silence = { Version: '2012-10-17', Statement: { Effect: 'Deny', Action: 'sns:Publish', Resource: '*' } };
    await iam.send(new PutRolePolicyCommand({ ...role, PolicyName: 'Silence', PolicyDocument: JSON.stringify(silence) }));
    await publish({ Arn: roleOfHome('Containment') });
    await parts.settle();
    await iam.send(new DeleteRolePolicyCommand({ ...role, PolicyName: 'Silence' }));
    expect(await siem.take()).toEqual([]);
    const { alarms } = templateParts();
    const counted = metricsIn(parts.output).filter(({ name }) => /^Audit/.test(name));
    expect(counted).toHaveLength(1);
    expect(alarms).toContainEqual(counted[0]);

    await parts.advance(120);
    expect((await siem.take()).map(kindOf)).toEqual(['refused']);
  });
});

const kindOf = ({ MessageAttributes }: Noted): string | undefined => MessageAttributes.kind?.Value;
const roleOfHome = (name: string): string => `arn:aws:iam::${ids.security}:role/EntityLockdown${name}`;

interface Metric {
  readonly name: string;
  readonly dimensions: readonly string[];
}

/** What the function counted. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
function metricsIn(output: readonly string[]): readonly Metric[] {
  const lines = output
    .join('')
    .split('\n')
    .filter((line) => line.includes('"CloudWatchMetrics"'));
  const found = lines.flatMap((line) => {
    const [{ Metrics, Dimensions }] = JSON.parse(line)._aws.CloudWatchMetrics;
    return (Metrics as readonly { readonly Name: string }[]).map(({ Name }) => ({
      name: Name,
      dimensions: Dimensions.flat().toSorted(),
    }));
  });
  return [...new Map(found.map((metric) => [JSON.stringify(metric), metric])).values()];
}

/** The responder's own metrics that the template has alarms for. */
function templateParts(): { readonly alarms: readonly Metric[] } {
  const { Resources } = synthesize(manifests, '0'.repeat(64)).securityAccount as {
    readonly Resources: {
      readonly [id: string]: {
        readonly Type: string;
        readonly Properties: { readonly MetricName?: string; readonly Dimensions?: readonly { readonly Name: string }[] };
      };
    };
  };
  const alarms = Object.values(Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  return {
    alarms: alarms.map(({ Properties: { MetricName = '', Dimensions = [] } }) => ({
      name: MetricName,
      dimensions: Dimensions.map(({ Name }) => Name).toSorted(),
    })),
  };
}
