import { faults, secretMark } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { findingsTopic, home, requestExternalId, requestTopic } from './testing/deployment.ts';
import { makeFunction, makeUser } from './testing/entities.ts';
import { finding } from './testing/finding.ts';
import { account, minutes, type Scene, sceneOf } from './testing/scene.ts';
import type { Published } from './testing/simulation.ts';
import { isCutOff, kindsOf } from './testing/standing.ts';

const request = (of: Scene): string => JSON.stringify({ arn: of.arn });
const forged: readonly (readonly [string, (of: Scene) => Published])[] = [
  ['no secret', (of) => ({ body: request(of), attributes: {} })],
  ['a wrong secret', (of) => ({ body: request(of), attributes: { ExternalId: `${secretMark}-wrong` } })],
  ['the secret as its subject matter', (of) => ({ body: `${requestExternalId} ${of.arn}`, attributes: { Arn: of.arn } })],
  ['the secret as its subject', (of) => ({ body: request(of), subject: requestExternalId, attributes: {} })],
  ['the secret in place of the ARN', () => ({ body: JSON.stringify({ arn: requestExternalId }), attributes: {} })],
  ['the secret under another name', (of) => ({ body: request(of), attributes: { externalid2: requestExternalId } })],
  ['a finding on the topic for requests', (of) => ({ body: finding(of.arn), topic: requestTopic, attributes: {} })],
  ['a request on the topic for findings', (of) => ({ body: request(of), topic: findingsTopic })],
  ['a topic of somebody else', (of) => ({ body: request(of), topic: `arn:aws:sns:eu-west-1:444455556666:requests` })],
];

test.each(forged)('%s contains nothing, and is told of once', async (_, messageOf) => {
  const of = sceneOf(makeUser);
  const message = messageOf(of);
  const event = of.eventOf(message);
  of.deliver(event);
  of.deliver(event);
  await of.run(5 * minutes);
  expect(isCutOff(of, of.arn)).toBe(false);
  expect(kindsOf(of)).toEqual(['refused']);
  expect(of.sandbox.calls.filter(({ service }) => service === 'iam' || service === 'sts')).toEqual([]);
  expect(JSON.stringify([of.mails, of.logged]).includes(secretMark)).toBe(false);
});

test('a finding contains nothing where no rule says so: its mail has the plan, and the command', async () => {
  const of = sceneOf(makeUser);
  of.publish({ body: finding(of.arn), topic: findingsTopic, attributes: {} });
  await of.run(5 * minutes);
  expect(isCutOff(of, of.arn)).toBe(false);
  expect(kindsOf(of)).toEqual(['finding']);
  const [mail] = of.mails;
  expect(mail?.body).toContain('would be done: Deny everything to the user victim');
  expect(mail?.body).toContain(`--message '{"arn":"${of.arn}"}'`);
  expect(mail?.body).not.toContain('http://evil');
  expect(mail?.body).not.toMatch(/^FROM/m);
});

test('a finding about what cannot be looked at is told of all the same', async () => {
  const of = sceneOf(makeUser, { fault: ({ operation }) => (operation === 'AssumeRole' ? faults.denied() : undefined) });
  of.publish({ body: finding(of.arn), topic: findingsTopic, attributes: {} });
  await of.run(5 * minutes);
  expect(kindsOf(of)).toEqual(['finding']);
  expect(of.mails[0]?.body).toContain('It could not be looked at:');
});

test('each finding of a click that contains nothing is told of', async () => {
  const of = sceneOf(makeUser);
  const { detail } = JSON.parse(finding(of.arn));
  const closed = (id: string) => ({ ...detail, id, service: { ...detail.service, archived: true } });
  const click = {
    id: 'event-2',
    source: 'aws.securityhub',
    'detail-type': 'Security Hub Findings - Custom Action',
    detail: { actionName: 'Contain', findings: [closed('finding-1'), closed('finding-2')] },
  };
  for (let time = 0; time < 2; time += 1) of.publish({ body: JSON.stringify(click), topic: findingsTopic, attributes: {} });
  await of.run(5 * minutes);
  expect(of.mails.map(({ attributes }) => attributes.outcome)).toEqual(['closed', 'closed']);
  expect(of.mails.map(({ body }) => /id finding-\d/.exec(body)?.[0]).toSorted()).toEqual(['id finding-1', 'id finding-2']);
});

test('a finding contains where a rule says so, once for each of its states', async () => {
  const rules = { contain: [{ types: ['UnauthorizedAccess:IAMUser/*'], severity: 'high' }] };
  const of = sceneOf(makeUser, { environment: { LOCKDOWN_FINDING_RULES: JSON.stringify(rules) } });
  for (let time = 0; time < 2; time += 1) of.publish({ body: finding(of.arn), topic: findingsTopic, attributes: {} });
  await of.run(5 * minutes);
  expect(isCutOff(of, of.arn)).toBe(true);
  expect(kindsOf(of)).toEqual(['started', 'contained']);
});

test.each([requestTopic, 'arn:aws:sns:eu-west-1:444455556666:findings'])(
  'through %s a finding contains nothing, whatever the rules say',
  async (topic) => {
    const rules = { contain: [{ types: ['*'], severity: 'low' }] };
    const of = sceneOf(makeUser, { environment: { LOCKDOWN_FINDING_RULES: JSON.stringify(rules) } });
    of.publish({ body: finding(of.arn), topic, attributes: {} });
    await of.run(5 * minutes);
    expect(isCutOff(of, of.arn)).toBe(false);
    expect(kindsOf(of)).toEqual(['refused']);
  },
);

test('a finding about an account that is not listed contains nothing, whatever the rules say', async () => {
  const rules = { contain: [{ types: ['*'], severity: 'low' }] };
  const of = sceneOf(makeUser, {
    environment: { LOCKDOWN_FINDING_RULES: JSON.stringify(rules), LOCKDOWN_ACCOUNTS: '444455556666' },
  });
  of.publish({ body: finding(of.arn), topic: findingsTopic, attributes: {} });
  await of.run(5 * minutes);
  expect(isCutOff(of, of.arn)).toBe(false);
  expect(of.mails.map(({ attributes }) => [attributes.kind, attributes.outcome])).toEqual([['refused', 'account-not-listed']]);
});

test('a role that is protected is not denied by way of a function that uses it', async () => {
  const pattern = 'arn:aws:iam::*:role/victim-role';
  const of = sceneOf(makeFunction, {
    environment: { LOCKDOWN_PROTECTED: JSON.stringify([{ pattern, owner: 'the on-call team', reason: 'break glass' }]) },
  });
  of.ask();
  await of.run(5 * minutes);
  const denies = of.sandbox.calls.filter(
    ({ operation, ran }) => ran && /RolePolicy$/.test(operation) && operation.startsWith('Put'),
  );
  expect(denies).toEqual([]);
  expect(kindsOf(of)).toEqual(['started', 'partial']);
  expect(of.mails[1]?.body).toContain('protected by the on-call team');
});

test('one bad message in an event holds up no other', async () => {
  const of = sceneOf(makeUser);
  const good = of.eventOf({ body: request(of) }) as { readonly Records: readonly object[] };
  of.deliver({ Records: [null, { EventSource: 'aws:sns' }, ...good.Records, 7] });
  await of.run(5 * minutes);
  expect(isCutOff(of, of.arn)).toBe(true);
  expect(kindsOf(of).filter((kind) => kind !== 'refused')).toEqual(['started', 'contained']);
});

test('what has no id is told of each time that it comes', async () => {
  const of = sceneOf(makeUser);
  for (let time = 0; time < 2; time += 1) {
    of.deliver({ Records: [{ EventSource: 'aws:sns' }] });
    await of.run(5 * minutes);
  }
  expect(kindsOf(of)).toEqual(['refused', 'refused']);
});

test('a request that is refused is counted once, whatever looks after it', async () => {
  const of = sceneOf(makeUser, {
    environment: {
      LOCKDOWN_PROTECTED: JSON.stringify([{ pattern: 'arn:*:iam::*:user/victim', owner: 'a team', reason: 'a test' }]),
    },
  });
  of.ask();
  await of.run(5 * minutes);
  expect(of.invocations.filter(({ kind }) => kind === 'continuation').length).toBe(1);
  expect([kindsOf(of), of.counted.get('refused unknown')]).toEqual([['refused'], 1]);
});

test('an entity that does not exist, and one that is none, are refused and told of once', async () => {
  const of = sceneOf(makeUser);
  for (const arn of [`arn:aws:iam::${account}:user/nobody`, `arn:aws:s3:::bucket`, `arn:aws:iam::${home}:root`])
    of.publish({ body: JSON.stringify({ arn }) });
  await of.run(20 * minutes);
  expect(kindsOf(of)).toEqual(['refused', 'refused', 'refused']);
  expect([...of.deadContinuations.messages, ...of.deadRequests.messages]).toEqual([]);
});

test.each(['aws-us-gov', 'aws-cn'])('an ARN of the partition %s contains nothing, and is told of at once', async (partition) => {
  const of = sceneOf(makeUser);
  of.publish({ body: JSON.stringify({ arn: of.arn.replace('arn:aws:', `arn:${partition}:`) }) });
  await of.run(minutes);
  expect(isCutOff(of, of.arn)).toBe(false);
  expect(of.mails.map(({ attributes }) => [attributes.kind, attributes.outcome])).toEqual([['refused', 'other-partition']]);
});
