import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import type { ContainmentRecord } from '@entity-lockdown/core';
import { awsError, faults, publishedTo } from '@entity-lockdown/sandbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { account, alice, app, type Cli, cli, type How, type Ran, region, worker } from './testing/cli.ts';
import { analyst, type Deployment, deploy, ledgerPlace, reader, secret, topic } from './testing/deployment.ts';

const env = { LOCKDOWN_EXTERNAL_ID: secret, LOCKDOWN_REQUEST_TOPIC: topic };

let it: Cli;
let deployment: Deployment;
function setUp(as: string): void {
  it = cli({ as });
  deployment = deploy(it);
}
beforeEach(() => setUp(analyst));
afterEach(() => it.remove());

const request = (argv: readonly string[], how: How = {}): Promise<Ran> =>
  it.run(['request', ...argv], { ...how, env: { ...env, ...how.env } });

const flat = ({ out, err }: Ran): string => (out + err).replaceAll(/\s+/g, ' ');

describe('with nothing but sns:Publish', () => {
  test('one message for each entity, with the secret as an attribute and nowhere else', async () => {
    const ran = await request([alice, worker, '--yes', '--reason', 'key on GitHub', '--incident', 'INC-42']);
    expect(ran.code).toBe(0);
    const calls = it.sandbox.calls.map(({ caller, operation, service }) => `${caller.split('/')[1]} ${service}:${operation}`);
    expect(calls).toEqual(['analyst sns:Publish', 'analyst sns:Publish']);
    const text = (value: string) => ({ type: 'String', value });
    const common = { ExternalId: text(secret), Reason: text('key on GitHub'), Incident: text('INC-42') };
    expect(deployment.messages().map(({ attributes }) => attributes)).toEqual([
      { Arn: text(alice), ...common },
      { Arn: text(worker), ...common },
    ]);
    for (const { body, subject } of deployment.messages()) {
      expect(body).toMatch(/^Contain arn:.*\nReason: key on GitHub\nIncident: INC-42\nAsked for by .+ with lockdown request\.$/);
      expect(subject).toBeUndefined();
      expect(body).not.toContain(secret);
    }
    for (const { id } of deployment.messages()) expect(ran.out).toContain(id);
    expect(ran.out.match(/^REQUESTED/gm)).toHaveLength(2);
    // What was asked for is not what was done.
    expect(ran.out + ran.err).not.toContain('CONTAINED');
    expect(flat(ran)).toContain('Nothing is contained until the responder says so');
    expect(ran.out + ran.err).not.toContain(secret);
    expect(readdirSync(it.folder)).toEqual([]);
  });

  test('--json has the topic and the ids; "contained" and a record are not in it', async () => {
    const { code, json, out, err } = await request([alice, alice, '--yes', '--json']);
    expect(code).toBe(0);
    expect(json).toEqual({
      version: 1,
      command: 'request',
      exitCode: 0,
      topic,
      entities: [
        {
          input: alice,
          alsoGivenAs: [alice],
          arn: alice,
          type: 'aws.iam.user',
          exitCode: 0,
          outcome: 'requested',
          seconds: 0,
          message: deployment.messages()[0]?.id,
        },
      ],
    });
    expect(deployment.messages()).toHaveLength(1);
    expect(out + err).not.toContain(secret);
  });

  test('an option of a plugin is an attribute for the entities that have it; a reason is none where none was given', async () => {
    const instance = `arn:aws:ec2:${region}:${account}:instance/i-0123456789abcdef0`;
    expect((await request([alice, instance, '--yes', '--dwell', '90'])).code).toBe(0);
    expect(deployment.messages().map(({ attributes }) => Object.keys(attributes).toSorted())).toEqual([
      ['Arn', 'ExternalId'],
      ['Arn', 'ExternalId', 'dwell'],
    ]);
  });

  /** In a file of this test, which is no place that is searched for planted secrets. */
  const fromElsewhere = 'another-request-secret';
  test.each([
    ['--external-id', () => ['--external-id', fromElsewhere]],
    [
      '--external-id-file',
      () => {
        writeFileSync(join(it.folder, 'secret'), `${fromElsewhere}\n`);
        return ['--external-id-file', join(it.folder, 'secret')];
      },
    ],
  ])('the secret may come from %s, and is shown nowhere', async (_, given) => {
    it.sandbox.intercept({ before: () => awsError('InvalidParameter', `Invalid parameter: ${fromElsewhere}`) });
    const ran = await it.run(['request', alice, '--topic', topic, '--yes', '--verbose', ...given()]);
    expect(ran.code).toBe(1);
    expect(ran.out + ran.err).toContain('(external id)');
    expect(ran.out + ran.err).not.toContain(fromElsewhere);
  });

  test('a role of the environment is not assumed: the credentials are used as they are', async () => {
    expect((await request([alice, '--yes'], { env: { LOCKDOWN_ROLE_NAME: 'lockdown-responder' } })).code).toBe(0);
    expect(it.sandbox.calls.map(({ operation }) => operation)).toEqual(['Publish']);
  });

  test('the call goes to the Region of the topic, whatever --region and the environment say', async () => {
    const elsewhere = topic.replace(region, 'us-east-1');
    await request([alice, '--yes', '--topic', elsewhere, '--region', region], { env: { AWS_REGION: region } });
    expect(it.sandbox.calls).toMatchObject([{ operation: 'Publish', region: 'us-east-1' }]);
  });
});

describe('it asks once', () => {
  test('and shows what will be published, without the secret', async () => {
    const ran = await request([alice, app, '--reason', 'key on GitHub', '--incident', 'INC-42'], { answer: true });
    expect(it.questions).toEqual(['Ask the responder to contain these 2 entities?']);
    for (const text of [alice, app, topic, 'key on GitHub', 'INC-42']) expect(ran.err).toContain(text);
    expect(ran.err).not.toContain(secret);
    expect(ran.code).toBe(0);
    expect(deployment.messages()).toHaveLength(2);
  });

  test.each([
    ['no', { answer: false }, 3, 'DECLINED'],
    ['broken off', { answer: 'break off' }, 130, 'DECLINED'],
    [
      'interrupted before it is answered',
      { answer: true, onQuestion: (_: string, stop: () => void) => stop() },
      130,
      'NOT BEGUN',
    ],
  ] as const)('%s: nothing is published', async (_, how, code, word) => {
    const ran = await request([alice], how);
    expect(it.questions).toEqual([`Ask the responder to contain ${alice}?`]);
    expect(ran.code).toBe(code);
    expect(ran.out).toContain(word);
    expect(it.sandbox.calls).toEqual([]);
  });

  test('nobody is asked after an interrupt, and nothing is published', async () => {
    const ran = await request([alice], { answer: true, interrupted: true });
    expect([ran.code, it.questions, it.sandbox.calls]).toEqual([130, [], []]);
  });

  test('and says of what was named several times that it is asked for once', async () => {
    const ran = await request([alice, alice, app], { answer: false });
    expect(ran.err.match(/^ {2}arn:.*$/gm)).toEqual([
      `  ${alice}  (IAM user, named 2 times: asked for once)`,
      `  ${app}  (IAM role)`,
    ]);
  });

  test('what is not begun names the command that goes on with it', async () => {
    const ran = await request([alice], { answer: true, onQuestion: (_, stop) => stop() });
    expect(ran.out).toContain(`lockdown request ${alice}`);
  });
});

describe('bad input touches nothing', () => {
  const queue = `arn:aws:sqs:eu-west-1:${account}:orders`;
  const other = (name: string): string => topic.replace(/requests$/, name);
  test.each([
    ['no topic', [alice], { LOCKDOWN_REQUEST_TOPIC: '' }, /No request topic was given/],
    ['a topic that is no ARN', [alice, '--topic', 'requests'], {}, /"requests" is not the ARN of a topic/],
    ['a queue for a topic', [alice, '--topic', queue], {}, /is not the ARN of a topic of SNS/],
    ['a topic without a Region', [alice, '--topic', topic.replace(region, '')], {}, /is not the ARN of a topic of SNS/],
    ['a topic without an account', [alice, '--topic', topic.replace(account, '')], {}, /is not the ARN of a topic of SNS/],
    ['a subscription', [alice, '--topic', other('requests:95df01b4-ee98-5cb9-9903-4c221d41eb5e')], {}, /of a subscription/],
    ['a FIFO topic', [alice, '--topic', other('requests.fifo')], {}, /FIFO topic/],
    ['a name that no topic has', [alice, '--topic', other('re*quests')], {}, /no topic has that name/],
    ['no secret', [alice], { LOCKDOWN_EXTERNAL_ID: '' }, /secret of the request topic was not given/],
    ['a secret that is none', [alice], { LOCKDOWN_EXTERNAL_ID: 'a b' }, /is not an external id/],
    ['a secret twice', [alice, '--external-id', 'abcd', '--external-id-file', 'x'], {}, /both given/],
    ['the secret in the reason', [alice, '--reason', `it is ${secret}`], {}, /stands in --reason as well/],
    ['the secret in the incident', [alice, '--incident', secret], {}, /stands in --incident as well/],
    ['the secret in an ARN', [`arn:aws:iam::${account}:user/${secret}`], {}, /stands in an ARN as well/],
    ['the secret in an option', [worker, '--scope', 'role'], { LOCKDOWN_EXTERNAL_ID: 'ole' }, /stands in --scope as well/],
    ['a reason that would be cut', [alice, '--reason', 'x'.repeat(501)], {}, /at most 500 characters/],
    ['an incident that is none', [alice, '--incident', '-x'], {}, /cannot be the id of an incident/],
    ['a Region that is none', [alice, '--region', 'Europe'], {}, /is not an AWS Region/],
    ['--ledger without --follow', [alice, '--ledger', ledgerPlace], {}, /--ledger is for --follow/],
    ['--follow without a ledger', [alice, '--follow'], { LOCKDOWN_LEDGER: '' }, /no bucket was named/],
    ['--follow with a folder', [alice, '--follow', '--ledger', 'file:/tmp/ledger'], {}, /no bucket was named/],
    ['a role name', [alice, '--role-name', 'x'], {}, /Unknown option '--role-name'/],
  ])('%s', async (_, argv, variables, sentence) => {
    const ran = await request([...argv, '--yes'], { env: variables });
    expect(flat(ran)).toMatch(sentence);
    expect(ran.err).toContain('next: ');
    expect(ran.out + ran.err).not.toContain(secret);
    expect(ran.code).toBe(2);
    expect(it.sandbox.calls).toEqual([]);
    expect(readdirSync(it.folder)).toEqual([]);
  });

  test('without a terminal, --yes is asked for', async () => {
    const ran = await request([alice]);
    expect(flat(ran)).toContain('There is no terminal to ask at');
    expect(ran.code).toBe(2);
    expect(it.sandbox.calls).toEqual([]);
  });

  test('all that is wrong is named at once, and nobody is asked about the rest', async () => {
    const argv = [alice, 'alice', queue, '--dwell', '5'];
    const ran = await request(argv, { answer: true });
    expect(it.questions).toEqual([]);
    for (const text of ['"alice" is not an ARN', 'No plugin contains', '--dwell is for EC2 instance'])
      expect(ran.err).toContain(text);
    expect(ran.code).toBe(2);
    const { json } = await request([...argv, '--json', '--yes']);
    expect(json).toMatchObject({ exitCode: 2, topic, error: { code: 'usage' } });
    expect(json.entities.map(({ input, outcome }: { input: string; outcome?: string }) => [input, outcome])).toEqual([
      ['alice', undefined],
      [queue, undefined],
      ['--dwell', undefined],
      [alice, 'not-begun'],
    ]);
    expect(it.sandbox.calls).toEqual([]);
  });
});

describe('a publish that fails', () => {
  test('for want of permission names the action and the topic', async () => {
    const other = topic.replace('requests', 'findings');
    it.sandbox.as(`admin:${account}`).run(new CreateTopicCommand({ Name: 'findings' }), region);
    const { code, json } = await request([alice, '--yes', '--json', '--topic', other]);
    expect(code).toBe(1);
    expect(json.entities[0]).toMatchObject({ outcome: 'failed', exitCode: 1 });
    expect(json.entities[0].error).toMatchObject({ code: 'access-denied', action: 'sns:Publish', on: other });
    expect(json.entities[0].error.message).toContain(`AWS denied sns:Publish on ${other}`);
    expect(json.entities[0].error.next).toContain('Grant sns:Publish');
    expect(json.entities[0]).not.toHaveProperty('message');
    expect(publishedTo(it.sandbox.world, other)).toEqual([]);
  });

  test.each([
    ['a topic that is not there', awsError('NotFound', 'Topic does not exist', 404), 'no-such-topic', /Check --topic/],
    [
      'an endpoint of another Region',
      awsError('InvalidParameter', 'Invalid parameter: TopicArn'),
      'InvalidParameter',
      /serve eu-west-1/,
    ],
    ['a key that may not be used', awsError('KMSAccessDenied', 'no access to the key'), 'KMSAccessDenied', /kms:GenerateDataKey/],
    ['an endpoint that refuses', faults.connectionRefused(), 'unreachable', /Check the network/],
    ['credentials that are none', awsError('InvalidClientTokenId', 'invalid', 403), 'no-credentials', /Sign in again/],
  ])('for %s says what to do', async (_, error, code, next) => {
    it.sandbox.intercept({ before: () => error });
    const ran = await request([alice, '--yes', '--json']);
    expect(ran.code).toBe(1);
    expect(ran.json.entities[0].error).toMatchObject({ code, action: 'sns:Publish', on: topic });
    expect(ran.json.entities[0].error.next).toMatch(next);
    expect(deployment.messages()).toEqual([]);
  });

  test('does not keep the others from being asked for', async () => {
    let calls = 0;
    it.sandbox.intercept({ before: () => (++calls === 1 ? awsError('NotFound', 'Topic does not exist', 404) : undefined) });
    const ran = await request([alice, app, '--yes']);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain(`FAILED ${alice}`);
    expect(ran.out).toContain(`REQUESTED ${app}`);
    expect(deployment.messages().map(({ attributes }) => attributes.Arn?.value)).toEqual([app]);
  });

  test('without an answer is sent again', async () => {
    let calls = 0;
    it.sandbox.intercept({ after: () => (++calls === 1 ? faults.timeout() : undefined) });
    const { code, json } = await request([alice, '--yes', '--json']);
    expect(code).toBe(0);
    // Both were published; the id is that of the one that was answered.
    expect(deployment.messages()).toHaveLength(2);
    expect(json.entities[0].message).toBe(deployment.messages()[1]?.id);
  });
});

describe('--follow', () => {
  const follow = (argv: readonly string[], how: How = {}): Promise<Ran> =>
    request([...argv, '--follow', '--ledger', ledgerPlace, '--yes'], how);

  beforeEach(() => {
    it.remove();
    setUp(reader);
  });

  /** Has the responder take each message once, at the first look after it was published. */
  function responding(): How {
    const taken = new Set<string>();
    return {
      onSleep() {
        for (const message of deployment.messages()) {
          if (taken.has(message.id)) continue;
          taken.add(message.id);
          void deployment.take(message).catch(() => undefined);
        }
      },
    };
  }

  test('ends as contain does, when the responder has read back', async () => {
    const ran = await follow([alice, app, '--incident', 'INC-42'], responding());
    expect(ran.code).toBe(0);
    expect(ran.out.match(/^CONTAINED/gm)).toHaveLength(2);
    expect(ran.out).not.toContain('REQUESTED');
    expect(ran.err).toContain('Contained: ');
    for (const { id } of deployment.messages()) expect(ran.out).toContain(id);
    // Whoever follows writes nothing, and calls nothing but S3.
    const own = it.sandbox.calls.filter(({ caller }) => caller.includes('/reader/'));
    expect(new Set(own.map(({ operation }) => operation))).toEqual(new Set(['Publish', 'GetObject', 'ListObjectsV2']));
    // The bucket is looked for where the topic is.
    expect(new Set(own.map(({ region: at }) => at))).toEqual(new Set([region]));
  });

  test('what was not published is not waited for', async () => {
    const began = it.time.now();
    it.sandbox.intercept({ before: ({ service }) => (service === 'sns' ? faults.denied() : undefined) });
    const ran = await follow([alice]);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('FAILED');
    expect(it.time.now() - began).toBeLessThan(2_000);
  });

  test('its JSON has the record and the message', async () => {
    const { code, json } = await follow([alice, '--json'], responding());
    expect(code).toBe(0);
    expect(json.ledger).toBe(ledgerPlace);
    expect(json.entities).toMatchObject([
      {
        outcome: 'contained',
        exitCode: 0,
        message: deployment.messages()[0]?.id,
        state: 'contained',
        changes: expect.any(Array),
      },
    ]);
  });

  test('an old record of the entity is not taken for the answer', async () => {
    await deployment.dispatcher.contain({ arn: alice, by: 'somebody', message: 'earlier' });
    await it.time.sleep(60_000);
    let looks = 0;
    const ran = await follow([alice], {
      onSleep() {
        looks += 1;
        if (looks === 3) void deployment.take(deployment.messages()[0]);
      },
    });
    expect(looks).toBeGreaterThanOrEqual(3);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('CONTAINED');
    // What was before the request is not told as if it came of it.
    expect(ran.err).not.toContain('Opened by somebody');
  });

  test('what cannot be contained in full is 1', async () => {
    it.sandbox.intercept({
      before: ({ operation }) => (operation === 'UpdateAccessKey' ? faults.denied() : undefined),
    });
    const ran = await follow([alice], responding());
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('PARTIAL');
    expect(ran.out).toContain('iam:UpdateAccessKey');
    expect(ran.out).toContain(`lockdown request ${alice}`);
  });

  test('what does not exist is 2, although its record had ended before it was looked for', async () => {
    const ran = await follow([`arn:aws:iam::${account}:user/nobody`], responding());
    expect(ran.code).toBe(2);
    expect(ran.out).toContain('INVALID');
  });

  test('where the hold is released meanwhile, nothing is called contained', async () => {
    await deployment.dispatcher.contain({ arn: alice, by: 'somebody', incident: 'other' });
    const ran = await follow([alice], {
      async onSleep() {
        await deployment.take(deployment.messages()[0]);
        await deployment.dispatcher.release({ target: alice, by: 'somebody', incident: 'default' });
      },
    });
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('FAILED');
    expect(flat(ran)).toContain('has released the hold of this request');
  });

  test('an interrupt leaves the responder working, and says so', async () => {
    const ran = await follow([alice], { onSleep: (interrupt) => interrupt() });
    expect(ran.code).toBe(130);
    expect(ran.out).toContain('REQUESTED');
    expect(ran.out).toContain(deployment.messages()[0]?.id);
    expect(flat(ran)).toContain('The request stands.');
    expect(flat(ran)).toContain('The responder goes on by itself');
    expect(ran.out).not.toContain('CONTAINED');
  });

  test('a second interrupt says the same', async () => {
    const ran = await follow([alice], {
      onSleep(interrupt) {
        interrupt();
        interrupt();
      },
    });
    expect(ran.code).toBe(130);
    expect(flat(ran)).toContain('the responder goes on with it');
  });

  test('a request that has no record in five minutes is 1, with what that may mean', async () => {
    const began = it.time.now();
    const ran = await follow([alice]);
    expect(it.time.now() - began).toBe(300_000);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('REQUESTED');
    expect(flat(ran)).toContain('has written no record of the request');
  });

  test.each([
    ['one that never changes', (record: ContainmentRecord) => record, 300],
    ['one that changed after 100 seconds', (record: ContainmentRecord) => ({ ...record, epoch: 2 }), 400],
    ['one that waits until 350 seconds are over', (record: ContainmentRecord) => ({ ...record, next: waiting(350) }), 650],
  ])('a record that nobody works on is 1: %s', async (_, changed, seconds) => {
    began = it.time.now();
    let looks = 0;
    const ran = await follow([alice], {
      async onSleep() {
        looks += 1;
        if (looks === 1) await deployment.ledger.createOpen(recordOf(deployment.messages()[0]?.id ?? ''));
        const open = looks === 51 ? await deployment.ledger.open(key) : undefined;
        if (open !== undefined) await deployment.ledger.replaceOpen(changed(open.value), open.tag);
      },
    });
    expect(ran.code).toBe(1);
    expect(flat(ran)).toContain('has not gone on for 300 s');
    expect(ran.out).toContain('REQUESTED');
    // A look later: the record is seen after it was written.
    expect(Math.abs((it.time.now() - began) / 1_000 - seconds)).toBeLessThanOrEqual(4);
  });

  test('a hold that is dropped while others are still being made is told at once', async () => {
    began = it.time.now();
    const ran = await follow([alice], {
      async onSleep() {
        const { holds, ...record } = recordOf(deployment.messages()[0]?.id ?? '');
        await deployment.ledger.createOpen({
          ...record,
          holds: { other: { ...holds.default, messages: [] } },
          handled: holds.default.messages,
        });
      },
    });
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('FAILED');
    expect(flat(ran)).toContain('has released the hold of this request');
    expect(it.time.now() - began).toBeLessThanOrEqual(4_000);
  });

  const key = `aws.iam.user:aws:${account}:alice`;
  let began: number;
  const after = (seconds: number): string => new Date(began + seconds * 1_000).toISOString();
  const waiting = (seconds: number) => ({ at: after(0), until: after(seconds), why: 'a wait' });
  const recordOf = (message: string) => ({
    id: deployment.ledger.newRecordId(key),
    entityKey: key,
    entity: { key: '', arn: alice, partition: 'aws', account, region: '', name: 'alice' },
    plugin: { id: 'aws.iam.user', package: 'x', version: '0' },
    state: 'containing' as const,
    holds: { default: { by: 'x', at: after(0), options: {}, messages: [message] } },
    handled: [],
    owner: { id: 'x', until: 0 },
    epoch: 1,
    prev: 0,
    targets: [],
    warnings: [],
    failures: [],
    events: [],
  });

  test('a ledger that cannot be read is found out before anything is published', async () => {
    it.remove();
    setUp(analyst);
    const ran = await follow([alice]);
    expect(ran.code).toBe(1);
    expect(flat(ran)).toContain('Nothing was published');
    expect(flat(ran)).toContain('leave --follow out');
    expect(deployment.messages()).toEqual([]);
  });

  test('so is one that cannot be listed', async () => {
    it.sandbox.intercept({ before: ({ operation }) => (operation === 'ListObjectsV2' ? faults.denied() : undefined) });
    const ran = await follow([alice]);
    expect(flat(ran)).toContain('s3:ListBucket');
    expect(ran.code).toBe(1);
    expect(deployment.messages()).toEqual([]);
  });

  test('what the responder is still at is not shown as set', async () => {
    began = it.time.now();
    let looks = 0;
    const ran = await follow([alice], {
      async onSleep(interrupt) {
        looks += 1;
        const target = { setting: 'iam.x', on: alice, title: 'Deny everything', path: ['x'], stage: 0, dwell: 0 };
        if (looks === 1)
          await deployment.ledger.createOpen({ ...recordOf(deployment.messages()[0]?.id ?? ''), targets: [target] });
        if (looks === 3) interrupt();
      },
    });
    expect(ran.code).toBe(130);
    expect(ran.out).toContain('Record');
    expect(ran.out).not.toContain('Deny everything');
  });

  test('one that cannot be read any more leaves the request standing', async () => {
    const ran = await follow([alice], {
      onSleep: () => void it.sandbox.intercept({ before: ({ service }) => (service === 's3' ? faults.denied() : undefined) }),
    });
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('REQUESTED');
    expect(flat(ran)).toContain('cannot be followed any more');
  });

  test('none of many waits for the end of another', async () => {
    const users = Array.from({ length: 20 }, (_, at) => `arn:aws:iam::${account}:user/nobody-${at}`);
    const looks: number[] = [];
    const ran = await follow([...users, '--json'], {
      onSleep(interrupt) {
        looks.push(it.time.now());
        if (looks.length === users.length) interrupt();
      },
    });
    expect(new Set(looks).size).toBe(1);
    expect(deployment.messages()).toHaveLength(20);
    expect(ran.json.entities.every(({ outcome }: { outcome: string }) => outcome === 'requested')).toBe(true);
  });
});
