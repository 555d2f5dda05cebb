import { seededNumbers } from '@entity-lockdown/plugin-testkit';
import { secretMark } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { findingsTopic, requestExternalId } from './testing/deployment.ts';
import { makeUser } from './testing/entities.ts';
import { finding } from './testing/finding.ts';
import { minutes, type Scene, sceneOf } from './testing/scene.ts';
import type { Published } from './testing/simulation.ts';
import { isCutOff } from './testing/standing.ts';

// What the intake makes of a hundred thousand events is tested there; here some of them go through all of the function.

const seed = Number(process.env.LOCKDOWN_SEED ?? 1);
const wrong = `${secretMark}-wrong`;

/** What SNS writes and nobody else: no secret can stand there. */
const fromSns: ReadonlySet<string> = new Set(['TopicArn', 'MessageId', 'Timestamp', 'EventSource', 'EventSubscriptionArn']);
const harmless = (value: unknown): boolean => !JSON.stringify([value]).includes(secretMark);

/** A message to be, with its body as an object. */
interface Draft extends Omit<Published, 'body'> {
  readonly body: object;
}

/** The event of a message, with other values in up to three places of its body and of the event itself, or with less of what is there. */
function mutated(of: Scene, { body, ...rest }: Draft, values: readonly unknown[], chance: () => number): object {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T;
  const change = (whole: object): void => {
    const { holder, name } = pick(placesIn(whole));
    const before: unknown = Reflect.get(holder, name);
    const to = structuredClone(pick(fromSns.has(name) ? values.filter(harmless) : values));
    Reflect.set(holder, name, typeof before === 'string' && chance() < 0.3 ? before.slice(0, chance() * before.length) : to);
  };
  const inside = structuredClone({ body });
  for (let edits = Math.floor(chance() * 3); edits > 0; edits -= 1) change(inside);
  const outside = { event: of.eventOf({ ...rest, body: JSON.stringify(inside.body) ?? '' }) };
  for (let edits = Math.floor(chance() * 2); edits > 0; edits -= 1) change(outside);
  return outside.event;
}

interface Field {
  readonly holder: object;
  readonly name: string;
}

function placesIn(holder: object): readonly Field[] {
  return Object.entries(holder).flatMap(([name, value]) => [
    { holder, name },
    ...(typeof value === 'object' && value !== null ? placesIn(value) : []),
  ]);
}

async function play(of: Scene, drafts: readonly Draft[], values: readonly unknown[], runs: number): Promise<void> {
  console.log(`fuzzed events: seed ${seed} (set LOCKDOWN_SEED for another)`);
  const chance = seededNumbers(seed);
  for (let run = 0; run < runs; run += 1) {
    of.deliver(mutated(of, drafts[run % drafts.length] ?? { body: {} }, values, chance));
    if (run % 20 === 19) await of.run(2_000);
  }
  // To the middle between two sweeps.
  await of.run(10.5 * minutes);
}

function judge(of: Scene): void {
  // Lambda itself tries what was thrown again: it would be in more than one invocation, and then among the dead requests.
  expect(of.invocations.filter(({ ended }) => ended !== 'ok')).toEqual([]);
  const queued = [of.continuations, of.deadContinuations, of.deadRequests].map(({ messages }) => messages);
  const stored = Object.entries(of.sandbox.dump()).filter(([slot]) => slot.startsWith('s3'));
  expect(stored.length).toBeGreaterThan(0);
  expect(JSON.stringify([of.mails, of.logged, queued, stored]).includes(secretMark)).toBe(false);
}

const odd: readonly unknown[] = [
  undefined,
  null,
  0,
  '',
  [],
  {},
  [[[]]],
  true,
  '__proto__',
  '{',
  '[',
  'x'.repeat(3_000),
  '\ud800',
];

test('2,000 events without the secret: nothing is thrown, nothing secret told, and no account is asked or changed', async () => {
  const of = sceneOf(makeUser);
  of.sandbox.clearCalls();
  const body = { arn: of.arn, reason: 'stolen', incident: 'INC-42', options: { dwell: 30 } };
  const found: object = JSON.parse(finding(of.arn));
  const drafts: readonly Draft[] = [
    { body, attributes: {} },
    { body, attributes: { ExternalId: wrong } },
    { body: { ...body, externalId: wrong }, attributes: {} },
    { body: {}, attributes: { Arn: of.arn, ExternalId: wrong }, subject: 'help' },
    { body: found, attributes: {} },
    { body, topic: findingsTopic, attributes: { ExternalId: wrong } },
    { body: found, topic: 'arn:aws:sns:eu-west-1:444455556666:findings', attributes: {} },
  ];
  await play(of, drafts, [...odd, wrong, of.arn, `["${of.arn}"]`, [of.arn], { arn: of.arn }], 2_000);
  judge(of);
  expect(of.mails.length).toBeGreaterThan(50);
  expect(of.mails.filter(({ attributes }) => attributes.kind !== 'refused')).toEqual([]);
  // Its own secret, ledger and topic, and the queues of the sweep; neither a continuation nor anything of the accounts.
  expect(new Set(of.sandbox.calls.map(({ service }) => service))).toEqual(new Set(['secretsmanager', 's3', 'sns', 'sqs']));
  expect(of.sandbox.calls.filter(({ operation }) => operation === 'SendMessage')).toEqual([]);
  expect(isCutOff(of, of.arn)).toBe(false);
}, 120_000);

test('600 events with the secret where it belongs and where it does not, and findings: nothing is thrown, nothing secret told', async () => {
  const rules = JSON.stringify({ contain: [{ types: ['*'], severity: 'low' }] });
  const of = sceneOf(makeUser, { environment: { LOCKDOWN_FINDING_RULES: rules } });
  const externalId = requestExternalId;
  const drafts: readonly Draft[] = [
    { body: { arn: of.arn, externalId, reason: 'stolen', incident: 'INC-42', options: { dwell: 30 } }, attributes: {} },
    { body: {}, attributes: { Arn: of.arn, ExternalId: externalId }, subject: 'help' },
    { body: JSON.parse(finding(of.arn)), topic: findingsTopic, attributes: {} },
    { body: { arn: `${of.arn}-nobody` }, attributes: { ExternalId: externalId } },
  ];
  await play(of, drafts, [...odd, externalId, `${of.arn}${externalId}`, { externalId }, `{"externalId":"${externalId}"}`], 600);
  judge(of);
  expect(isCutOff(of, of.arn)).toBe(true);
}, 120_000);
