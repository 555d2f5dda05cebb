import { SNSClient } from '@aws-sdk/client-sns';
import { memoryStore, type StoreCall, StoreFault } from '@entity-lockdown/core';
import { seededRandom, testClock } from '@entity-lockdown/plugin-testkit';
import { faults } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { deploy, functionRole, region } from '../testing/deployment.ts';
import type { Mail } from './mail.ts';
import { notices } from './notices.ts';

function setUp() {
  const clock = testClock();
  const of = deploy({ accounts: [], now: () => clock.now() });
  const objects = new Map<string, string>();
  const counted: string[] = [];
  /** Holds up or fails what is published, and what the ledger is asked. */
  const hooks: {
    publish?: () => Promise<void>;
    fault?: () => Error | undefined;
    lost?: () => Error | undefined;
    ledger?: (call: StoreCall) => void;
  } = {};
  of.sandbox.intercept({
    gate: ({ service }) => (service === 'sns' ? hooks.publish?.() : undefined),
    before: ({ service }) => (service === 'sns' ? hooks.fault?.() : undefined),
    after: ({ service }) => (service === 'sns' ? hooks.lost?.() : undefined),
  });
  const process = (seed: number) =>
    notices({
      client: of.sandbox.directClient(SNSClient, { region, maxAttempts: 1, credentials: of.sandbox.credentials(functionRole) }),
      topic: of.settings.auditTopic,
      store: memoryStore({ objects, now: () => clock.now(), before: (call) => hooks.ledger?.(call) }),
      clock,
      random: seededRandom(seed),
      log: { info() {}, warn() {}, error() {} },
      meter: { outcome() {}, time() {}, count: (what) => counted.push(what) },
    });
  const kept = (): readonly string[] => [...objects.keys()].filter((key) => key.startsWith('outbox/'));
  return { ...of, clock, objects, hooks, counted, process, kept };
}

function mail(more: Partial<Mail> = {}): Mail {
  return { kind: 'contained', about: 'record 1', subject: 'A subject', body: 'A body\n', attributes: { record: '1' }, ...more };
}

function unreachable(): never {
  throw new StoreFault('unreachable', 'No answer.', 'Wait.');
}

test('one of two that want the same mail at once sends it; the other keeps it until it is known to be sent', async () => {
  const { process, hooks, mails, kept } = setUp();
  let goOn = (): void => {};
  hooks.publish = () => new Promise((resolve) => (goOn = resolve));
  const first = process(1).tell(mail());
  await new Promise((resolve) => setImmediate(resolve));
  expect(await process(2).tell(mail())).toBe('kept');
  goOn();
  expect(await first).toBe('told');
  expect(mails.length).toBe(1);
  expect(kept().length).toBe(1);
  expect(await process(3).retry()).toBe(0);
  expect(mails.length).toBe(1);
  expect(kept()).toEqual([]);
});

test('mails of another kind, or about something else, are other mails', async () => {
  const { process, mails } = setUp();
  const one = process(1);
  expect(await one.tell(mail())).toBe('told');
  expect(await one.tell(mail())).toBe('already');
  expect(await process(2).tell(mail())).toBe('already');
  expect(await one.tell(mail({ kind: 'partial' }))).toBe('told');
  expect(await one.tell(mail({ about: 'record 2' }))).toBe('told');
  expect(mails.length).toBe(3);
});

test('a claim of a process that died lapses after 90 seconds: the mail is sent, and says that it may be the second', async () => {
  const { process, hooks, mails, clock } = setUp();
  hooks.publish = () => new Promise(() => {});
  void process(1).tell(mail());
  await new Promise((resolve) => setImmediate(resolve));
  delete hooks.publish;
  clock.turn(89_000);
  expect(await process(2).tell(mail())).toBe('kept');
  clock.turn(2_000);
  expect(await process(3).retry()).toBe(0);
  expect(mails.map(({ attributes }) => attributes.repeated)).toEqual(['true']);
  expect(mails[0]?.body).toMatch(/^This mail may have been sent before/);
});

test('what SNS does not take is kept and sent later, once, and is no repetition', async () => {
  const { process, hooks, mails, counted, kept } = setUp();
  hooks.fault = () => faults.internal();
  expect(await process(1).tell(mail())).toBe('kept');
  expect(await process(2).tell(mail())).toBe('kept');
  expect(counted.filter((what) => what === 'AuditFailed').length).toBe(2);
  expect(await process(3).retry()).toBe(1);
  delete hooks.fault;
  expect(await process(3).retry()).toBe(0);
  expect(await process(4).tell(mail())).toBe('already');
  expect(mails.map(({ attributes }) => attributes.repeated)).toEqual([undefined]);
  expect(kept()).toEqual([]);
});

test('what SNS has taken without an answer is sent again once, and says that it may be the second', async () => {
  const { process, hooks, mails, clock, kept } = setUp();
  hooks.lost = () => faults.timeout();
  expect(await process(1).tell(mail())).toBe('kept');
  delete hooks.lost;
  expect(await process(2).retry()).toBe(1);
  clock.turn(91_000);
  // What is refused now may have been sent before all the same.
  hooks.fault = () => faults.throttled();
  expect(await process(3).retry()).toBe(1);
  delete hooks.fault;
  clock.turn(91_000);
  expect(await process(4).retry()).toBe(0);
  expect(mails.map(({ attributes }) => attributes.repeated)).toEqual([undefined, 'true']);
  expect(kept()).toEqual([]);
});

test('where the topic is down, a sweep asks three times, not for each of hundreds', async () => {
  const { process, hooks, sandbox } = setUp();
  hooks.fault = () => faults.internal();
  for (let about = 0; about < 20; about += 1) await process(1).tell(mail({ about: `record ${about}` }));
  sandbox.clearCalls();
  expect(await process(2).retry()).toBe(20);
  expect(sandbox.calls.filter(({ operation }) => operation === 'Publish').length).toBe(3);
});

test('mails that are kept and damaged stop no other, however many they are', async () => {
  const { process, hooks, mails, objects } = setUp();
  hooks.fault = () => faults.internal();
  await process(1).tell(mail());
  delete hooks.fault;
  for (const [at, body] of ['damaged', '{}', '{"mail":{}}', 'null'].entries()) objects.set(`outbox/${at}`, body);
  expect(await process(2).retry()).toBe(4);
  expect(mails.length).toBe(1);
});

test('mails that others are about to send stop no other, however many they are', async () => {
  const { process, hooks, mails, kept } = setUp();
  hooks.publish = () => new Promise(() => {});
  for (let about = 0; about < 4; about += 1) {
    void process(1).tell(mail({ about: `record ${about}` }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await process(2).tell(mail({ about: `record ${about}` }))).toBe('kept');
  }
  delete hooks.publish;
  hooks.fault = () => faults.internal();
  // Its name comes after those of the others.
  await process(3).tell(mail({ about: 'record 6' }));
  expect(kept().toSorted().at(-1)).toBe(kept().at(-1));
  delete hooks.fault;
  expect(await process(4).retry()).toBe(4);
  expect(mails.map(({ attributes }) => attributes.record)).toEqual(['1']);
});

test('without a ledger a mail is lost, and that is counted: but for that of a failure, which is sent once by each process', async () => {
  const { process, hooks, mails, counted } = setUp();
  hooks.ledger = unreachable;
  const one = process(1);
  expect(await one.tell(mail())).toBe('lost');
  expect(counted).toEqual(['AuditLost']);
  expect(await one.tell(mail({ kind: 'failed' }))).toBe('told');
  expect(await one.tell(mail({ kind: 'failed' }))).toBe('already');
  expect(mails.length).toBe(1);
});

test('with neither ledger nor topic, nothing is thrown', async () => {
  const { process, hooks } = setUp();
  hooks.ledger = unreachable;
  hooks.fault = () => faults.internal();
  expect(await process(1).tell(mail({ kind: 'failed' }))).toBe('lost');
});
