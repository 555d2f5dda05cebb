import { inspect } from 'node:util';
import { secretMark } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { messagesOf } from './arrived.ts';
import { type Intake, neutralAnswer } from './intake.ts';
import { requestsFrom } from './request.ts';
import { arrived, eventOf, type Published, requestsIn, secret, topic } from './testing/publish.ts';
import { sample } from './testing/samples.ts';

const alice = 'arn:aws:iam::111122223333:user/alice';
const app = 'arn:aws:iam::111122223333:role/team/app';
const externalId = secret.current;
const id = '95df01b4-ee98-5cb9-9903-4c221d41eb5e';

function intakes(published: Published): readonly Intake[] {
  return requestsFrom(arrived(published), { secret });
}

function refusedCode(published: Published): unknown {
  const all = intakes(published);
  expect(all).toHaveLength(1);
  return all[0]?.kind === 'refused' ? all[0].code : all[0]?.kind;
}

test('the attributes of the original system: Arn and ExternalId', () => {
  expect(intakes({ attributes: { Arn: alice, ExternalId: externalId }, body: 'key on GitHub', subject: 'Alice' })).toEqual([
    {
      kind: 'request',
      arn: alice,
      options: {},
      reason: 'Alice: key on GitHub',
      message: id,
      by: `a message to ${topic} (${id}); SNS does not say who published it`,
    },
  ]);
});

test('the same in a JSON body, with a reason, an incident and options', () => {
  const body = {
    arns: [alice, app, alice],
    externalId,
    reason: 'key on GitHub',
    incident: 'INC-42',
    options: { scope: 'role', dwell: 30 },
  };
  const common = { reason: 'key on GitHub', incident: 'INC-42', options: { scope: 'role', dwell: 30 }, message: id };
  expect(intakes({ body })).toMatchObject([
    { kind: 'request', arn: alice, ...common },
    { kind: 'request', arn: app, ...common },
  ]);
  expect(intakes({ body: { arn: alice, externalId } })).toMatchObject([{ arn: alice, options: {} }]);
});

test('the names in a body may be spelled as the attributes are', () => {
  expect(intakes({ body: { Arn: alice, ExternalId: externalId } })).toMatchObject([{ kind: 'request', arn: alice }]);
});

test('a list in an attribute; an option in an attribute, as text', () => {
  const attributes = {
    Arn: { Type: 'String.Array', Value: JSON.stringify([alice, app]) },
    ExternalId: externalId,
    Incident: 'INC-42',
    dwell: { Type: 'Number', Value: '30' },
    AWSTraceHeader: 'x',
  };
  expect(intakes({ attributes })).toMatchObject([
    { arn: alice, incident: 'INC-42', options: { dwell: '30' } },
    { arn: app, incident: 'INC-42', options: { dwell: '30' } },
  ]);
});

test('the previous secret counts while there is one', () => {
  const published = { attributes: { Arn: alice, ExternalId: secret.previous } };
  expect(refusedCode(published)).toBe('request');
  expect(requestsFrom(arrived(published), { secret: { current: secret.current } })).toMatchObject([
    { code: 'not-authenticated' },
  ]);
});

test.each<[string, Published]>([
  ['no secret', { attributes: { Arn: alice } }],
  ['a wrong secret', { attributes: { Arn: alice, ExternalId: `${secretMark}-wrong` } }],
  ['a wrong secret in the body', { body: { arn: alice, externalId: `${secretMark}-wrong` } }],
  ['an empty secret', { attributes: { Arn: alice, ExternalId: '' } }],
  ['the secret in a list', { body: { arn: alice, externalId: [externalId] } }],
  ['the secret as the ARN', { attributes: { Arn: externalId } }],
  ['the secret as the subject', { attributes: { Arn: alice }, subject: externalId }],
  ['the secret as the body', { attributes: { Arn: alice }, body: externalId }],
  ['the secret as the name of an attribute', { attributes: { Arn: alice, [externalId]: 'x' } }],
  ['the secret in bytes', { attributes: { Arn: alice, ExternalId: { Type: 'Binary', Value: btoa(externalId) } } }],
  [
    'the right one here, a wrong one there',
    { attributes: { Arn: alice, ExternalId: externalId }, body: { externalId: `${secretMark}-wrong` } },
  ],
  ['a finding', { body: sample('guardduty-mining-instance') }],
  ['no ARN and no secret', { body: 'hello' }],
  ['broken JSON', { body: `{"arn": "${alice}"` }],
  ['too many entities', { body: { arns: Array.from({ length: 51 }, (_, n) => `${alice}${n}`) } }],
])('%s: refused, with one answer, and nothing of it is repeated', (_name, published) => {
  const all = intakes(published);
  expect(all).toEqual([
    { kind: 'refused', code: 'not-authenticated', reason: expect.any(String), answer: neutralAnswer, message: id, topic },
  ]);
  expect(inspect(all)).not.toMatch(/alice|planted|secret-/);
});

test('a record that cannot be read is refused with the same answer', () => {
  const [read] = messagesOf({ Records: [{}] });
  expect(read && requestsFrom(read, { secret })).toEqual([
    { kind: 'refused', code: 'unreadable', reason: 'The record is not from SNS.', answer: neutralAnswer },
  ]);
  const [known] = messagesOf({ Records: [{ ...(eventOf({}).Records[0] as object), Sns: { TopicArn: topic, MessageId: id } }] });
  expect(known && requestsFrom(known, { secret })).toMatchObject([{ code: 'unreadable', topic, message: id }]);
});

const attributes = { ExternalId: externalId };

test.each<[string, Published, string]>([
  ['no ARN', { attributes }, 'no-arn'],
  ['an empty list', { attributes, body: { arns: [] } }, 'no-arn'],
  [
    'another ARN in the body than in the attribute',
    { attributes: { ...attributes, Arn: alice }, body: { arn: app } },
    'contradiction',
  ],
  ['one ARN more in the body', { attributes: { ...attributes, Arn: alice }, body: { arns: [alice, app] } }, 'contradiction'],
  ['arn and arns that differ', { attributes, body: { arn: alice, arns: [app] } }, 'contradiction'],
  ['two incidents', { attributes: { ...attributes, Arn: alice, Incident: 'A' }, body: { incident: 'B' } }, 'contradiction'],
  [
    'an option twice',
    { attributes: { ...attributes, Arn: alice, scope: 'role' }, body: { options: { scope: 'instance' } } },
    'contradiction',
  ],
  ['51 entities', { attributes, body: { arns: Array.from({ length: 51 }, (_, n) => `${alice}${n}`) } }, 'too-many'],
  ['an incident that is none', { attributes, body: { arn: alice, incident: 'a\u0007b' } }, 'bad-incident'],
  ['an incident that turns text', { attributes, body: { arn: alice, incident: 'a\u202eb' } }, 'bad-incident'],
  ['an incident that is too long', { attributes, body: { arn: alice, incident: 'x'.repeat(101) } }, 'bad-incident'],
  ['an incident that ends in a space', { attributes, body: { arn: alice, incident: 'x ' } }, 'bad-incident'],
  ['an incident that is an object', { attributes, body: { arn: alice, incident: {} } }, 'bad-incident'],
  ['options that are a list', { attributes, body: { arn: alice, options: ['scope'] } }, 'bad-options'],
  ['an option that is an object', { attributes, body: { arn: alice, options: { scope: {} } } }, 'bad-options'],
  ['an option that is too long', { attributes, body: { arn: alice, options: { scope: 'x'.repeat(101) } } }, 'bad-options'],
  ['an option that hides text', { attributes, body: { arn: alice, options: { scope: 'a\u200bb' } } }, 'bad-options'],
  ['the name of an option that is none', { attributes, body: { arn: alice, options: { __proto__x: 1 } } }, 'bad-options'],
  [
    '21 options',
    { attributes, body: { arn: alice, options: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`o${n}`, n])) } },
    'bad-options',
  ],
  ['broken JSON', { attributes: { ...attributes, Arn: alice }, body: `{"arn": "${app}"` }, 'bad-body'],
  ['an ARN in bytes', { attributes: { ...attributes, Arn: { Type: 'Binary', Value: 'eA==' } } }, 'bad-body'],
  ['the secret as the incident', { attributes, body: { arn: alice, incident: externalId } }, 'secret-misplaced'],
  ['the secret as an option', { attributes, body: { arn: alice, options: { scope: externalId } } }, 'secret-misplaced'],
  ['the secret as the ARN', { attributes: { ...attributes, Arn: externalId } }, 'secret-misplaced'],
  ['the previous secret in the ARN', { attributes: { ...attributes, Arn: `${alice}${secret.previous}` } }, 'secret-misplaced'],
])('%s: refused as a whole, with the secret told nowhere', (_name, published, code) => {
  const all = intakes(published);
  expect(all).toMatchObject([{ kind: 'refused', code, message: id, topic }]);
  expect(JSON.stringify(all)).not.toContain(secretMark);
});

test('the same twice is no contradiction', () => {
  const body = { arn: alice, arns: [alice], externalId, incident: 'A', options: { dwell: 30 } };
  expect(intakes({ attributes: { ...attributes, Arn: alice, Incident: 'A', dwell: '30' }, body })).toMatchObject([
    { kind: 'request', arn: alice },
  ]);
});

test('50 entities can be named; one bad ARN stands in the way of none', () => {
  const arns = Array.from({ length: 49 }, (_, n) => `${alice}${n}`);
  const all = intakes({ body: { externalId, arns: [...arns, 'AKIAIOSFODNN7EXAMPLE', 5].slice(0, 50) } });
  expect(requestsIn(all)).toHaveLength(49);
  expect(all.at(-1)).toMatchObject({
    kind: 'refused',
    code: 'not-an-arn',
    reason: expect.stringContaining('"AKIAIOSFODNN7EXAMPLE" is not an ARN'),
  });
  expect(intakes({ body: { externalId, arns: [5, alice] } })).toMatchObject([{ code: 'not-an-arn' }, { arn: alice }]);
});

test.each(['arn:aws:iam::111122223333:user/\u202ealice', `${alice}\n`, ` ${alice}`])('an ARN is not repaired: %j', (arn) => {
  const [only] = intakes({ body: { externalId, arn } });
  expect(only).toMatchObject({ kind: 'refused', code: 'not-an-arn' });
  expect(JSON.stringify(only)).not.toMatch(/\u202e/);
});

test('the reason is words for people: one line, cut, and without the secret', () => {
  const reasonFor = (published: Published): string | undefined => requestsIn(intakes(published))[0]?.reason;
  expect(reasonFor({ body: { externalId, arn: alice, reason: `with ${externalId}\n\u202eit` } })).toBe(
    'with [hidden] \u{fffd}it',
  );
  expect(reasonFor({ body: { externalId, arn: alice, reason: 'x'.repeat(10_000) } })).toHaveLength(500);
  expect(reasonFor({ attributes: { ...attributes, Arn: alice, Reason: 'why' }, body: 'x', subject: 'y' })).toBe('why');
  expect(reasonFor({ attributes: { ...attributes, Arn: alice }, subject: `my ${secret.previous}`, body: ' ' })).toBe(
    'my [hidden]',
  );
  expect(reasonFor({ body: { externalId, arn: alice } })).toBeUndefined();
});

test('a secret that is cut by the length of the reason is hidden whole', () => {
  const reason = `${'x'.repeat(480)}${externalId}`;
  expect(JSON.stringify(intakes({ body: { externalId, arn: alice, reason } }))).not.toContain(secretMark.slice(0, 8));
});

test('fields that are not known do not count', () => {
  const all = intakes({
    body: { externalId, arn: alice, constructor: externalId, note: externalId, __proto__: { incident: 'x' } },
  });
  expect(all).toMatchObject([{ kind: 'request', arn: alice }]);
  expect(all[0]).not.toHaveProperty('incident');
  expect(JSON.stringify(all)).not.toContain(secretMark);
});
