import { inspect } from 'node:util';
import { isArnFault, parseArn } from '@entity-lockdown/plugin-api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messagesOf } from './arrived.ts';
import { findingsFrom } from './findings.ts';
import type { Intake } from './intake.ts';
import { at, fieldsOf, parsed } from './json.ts';
import { requestsFrom } from './request.ts';
import { everything, ownRoles } from './testing/findings.ts';
import { eventOf, secret } from './testing/publish.ts';
import { sample, sampleNames } from './testing/samples.ts';

// One event at random after another: of people and of services, whole and broken, with the secret where it belongs and where it does not.

const seed = Number(process.env.LOCKDOWN_SEED ?? 1);
const runs = 100_000;
const wrong = `${secret.current}-but-wrong`;
const secrets = [secret.current, secret.previous];
const alice = 'arn:aws:iam::111122223333:user/alice';

/** What SNS writes and nobody else: the secret cannot stand there. */
const fromSns = ['TopicArn', 'MessageId', 'Timestamp', 'EventSource'];

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  const fields = Array.isArray(value) ? [...value.entries()] : Object.entries(fieldsOf(value) ?? {});
  return [path, ...fields.flatMap(([name, item]) => pathsOf(item, [...path, name]))];
}

const bodies: readonly unknown[] = [
  'contain it',
  { arn: alice, externalId: secret.current, reason: 'stolen', incident: 'INC-42', options: { scope: 'role', dwell: 30 } },
  { arns: [alice, `${alice}2`], externalId: secret.previous },
  { arn: alice, externalId: wrong },
  { arn: alice },
  ...sampleNames()
    .filter((name) => name !== 'sns-event')
    .map(sample),
];
const events: readonly unknown[] = [
  eventOf({}),
  eventOf({ attributes: { Arn: alice, ExternalId: secret.current, scope: 'role' }, subject: 'help' }),
  eventOf({ attributes: { Arn: alice, ExternalId: secret.previous, Reason: 'why', Incident: 'INC-42' } }),
  eventOf({ attributes: { Arn: alice, ExternalId: wrong } }),
  eventOf({ attributes: { Arn: alice } }),
  sample('sns-event'),
];
const bodyPaths = bodies.map((body) => pathsOf(body));
const eventPaths = events.map((event) => pathsOf(event));

const texts: readonly unknown[] = [
  ...secrets,
  ...secrets.map((value) => `before ${value} after`),
  ...secrets.map((value) => `${alice}${value}`),
  wrong,
  'a\u202eb\u200bc\u0007',
  '\ud800',
  'x'.repeat(3_000),
  '__proto__',
  '[',
  `["${secret.current}"]`,
  `{"externalId":"${secret.current}","arn":"${alice}"}`,
  '{',
];
const others: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1e300,
  '',
  [],
  {},
  [[[]]],
  { arn: alice },
  [alice, alice],
  { '': { '': '' } },
];
const values = [...texts, ...others].map((value) => Object.freeze(value));
const edit = fc.tuple(fc.nat(10_000), fc.nat(values.length - 1));
const script = fc.record({
  body: fc.nat(bodies.length - 1),
  event: fc.nat(events.length - 1),
  edits: fc.array(edit, { maxLength: 3 }),
  outside: fc.array(edit, { maxLength: 2 }),
  cut: fc.option(fc.nat(4_000), { freq: 10 }),
});

const bodyTexts = bodies.map((body) => JSON.stringify(body));
const eventTexts = events.map((event) => JSON.stringify(event));

/** An event, mutated. */
function play({ body, event, edits, outside, cut }: typeof script extends fc.Arbitrary<infer T> ? T : never): unknown {
  let inside = JSON.parse(bodyTexts[body] ?? '') as unknown;
  for (const [where, what] of edits) inside = set(inside, pick(bodyPaths[body] ?? [], where), values[what]);
  const text = typeof inside === 'string' ? inside : (JSON.stringify(inside) ?? '');
  let whole = set(
    JSON.parse(eventTexts[event] ?? ''),
    ['Records', 0, 'Sns', 'Message'],
    cut === null ? text : text.slice(0, cut),
  );
  for (const [where, what] of outside) {
    const path = pick(eventPaths[event] ?? [], where);
    const isOfSns = path.some((name) => fromSns.includes(String(name)));
    whole = set(whole, path, isOfSns ? Object.freeze(others[what % others.length]) : values[what]);
  }
  return whole;
}

/** Sets a value at a path, in place: a hundred thousand copies would take longer than the rest. */
function set(value: unknown, path: Path, to: unknown): unknown {
  const last = path.at(-1);
  if (last === undefined) return to;
  let holder: unknown = value;
  for (const name of path.slice(0, -1))
    holder = typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
  // An earlier edit may have taken the place away. What is shared among events is not changed.
  if (typeof holder === 'object' && holder !== null && !Object.isFrozen(holder)) Reflect.set(holder, last, to);
  return value;
}

function pick(paths: readonly Path[], where: number): Path {
  return paths[where % paths.length] ?? [];
}

/** The values that an event gives as the secret, found in another way than the code finds them. */
function givenIn(event: unknown): readonly unknown[] {
  const sns = at((at(event, 'Records') as readonly unknown[] | undefined)?.[0], 'Sns');
  const body = parsed(String(at(sns, 'Message')));
  return ['ExternalId', 'externalId']
    .flatMap((name) => [at(sns, 'MessageAttributes', name, 'Value'), at(body, name)])
    .filter((value) => value != null);
}

test(`${runs} events: nothing is thrown, nothing is told, and nothing is accepted without the secret`, () => {
  console.log(`fuzzed events: seed ${seed} (set LOCKDOWN_SEED for another)`);
  const seen = { request: 0, notify: 0, refused: 0, unreadable: 0, contained: 0 };
  fc.assert(
    fc.property(script, (steps) => {
      const event = play(steps);
      const messages = messagesOf(event);
      const given = givenIn(event);
      for (const message of messages) {
        if (message.kind === 'unreadable') seen.unreadable += 1;
        const asked = requestsFrom(message, { secret });
        const found = findingsFrom(message, { rules: everything, secret });
        const contains = found.some(({ kind }) => kind === 'request');
        const told = contains ? findingsFrom(message, { rules: { ownRoles, customActions: false }, secret }) : [];
        for (const { kind } of asked) seen[kind] += 1;
        for (const { kind } of found) seen[kind === 'request' ? 'contained' : kind] += 1;
        judge(asked, found, told, [message]);
        // Accepted: only with the secret, and with nothing else beside it.
        if (
          asked.some(({ kind }) => kind === 'request') &&
          !(given.length > 0 && given.every((value) => secrets.includes(value as string)))
        )
          throw new Error(`accepted: ${inspect(asked, { depth: 9 })}`);
        if (told.some(({ kind }) => kind === 'request')) throw new Error('contained without a rule');
      }
    }),
    { numRuns: runs, seed, endOnFailure: true },
  );
  // All ways were gone, many times.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(500);
}, 180_000);

const unsafe = /[\u200b\u202a-\u202e\u2066-\u2069]/;

function judge(asked: readonly Intake[], found: readonly Intake[], ...others: readonly (readonly unknown[])[]): void {
  const told = JSON.stringify([asked, found, others]);
  for (const value of [...secrets, wrong]) if (told.includes(value)) throw new Error('a secret is told');
  if (unsafe.test(told)) throw new Error('text that moves text is told');
  for (const answers of [asked, found]) {
    if (answers.length === 0 || answers.length > 100) throw new Error(`${answers.length} answers`);
    for (const intake of answers) if (intake.kind === 'request' && isArnFault(parseArn(intake.arn))) throw new Error('no ARN');
  }
}

test('events of any kind at all', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.string(), (event, body) => {
      const published = [
        ...messagesOf(event),
        ...messagesOf({ Records: [event] }),
        ...messagesOf(eventOf({ body })),
        ...messagesOf(eventOf({ body: event })),
      ];
      for (const message of published)
        judge(requestsFrom(message, { secret }), findingsFrom(message, { rules: everything, secret }), [message]);
    }),
    { numRuns: 2_000, seed },
  );
});

test('what is nested without end is refused, not followed', () => {
  for (const body of [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`])
    for (const message of messagesOf(eventOf({ body })))
      judge(requestsFrom(message, { secret }), findingsFrom(message, { rules: everything, secret }), [message]);
});
