import { ListAccessKeysCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { home, memberExternalId, requestExternalId } from './testing/deployment.ts';
import { elsewhere } from './testing/elsewhere.ts';
import { makeFunction, makeInstance, makeRole, makeUser, withoutWaits } from './testing/entities.ts';
import { account, minutes, sceneOf } from './testing/scene.ts';
import { simulation } from './testing/simulation.ts';
import { isCutOff, kindsOf } from './testing/standing.ts';

const types = [
  ['user', makeUser, 'aws.iam.user'],
  ['role', makeRole, 'aws.iam.role'],
  ['function', makeFunction, 'aws.lambda.function'],
  ['instance', makeInstance, 'aws.ec2.instance'],
] as const;

test.each(types)('a %s is contained by a publish, told of twice, and released', async (_, make, type) => {
  const of = sceneOf(make);
  expect(isCutOff(of, of.arn)).toBe(false);
  of.ask();
  await of.run(5 * minutes);
  expect(isCutOff(of, of.arn)).toBe(true);
  const record = await of.record();
  expect(record?.state).toBe('contained');
  expect(kindsOf(of)).toEqual(['started', 'contained']);
  const [started, contained] = of.mails;
  expect(started?.attributes).toMatchObject({ type, arn: of.arn, account, record: record?.id, outcome: 'containing' });
  expect(contained?.attributes).toMatchObject({
    kind: 'contained',
    type,
    arn: of.arn,
    account,
    record: record?.id,
    outcome: 'contained',
  });
  expect(contained?.body).toContain(`lockdown release ${record?.id} --ledger s3://ledger-bucket/responder --region eu-west-1\n`);
  for (const { title } of record?.targets ?? []) expect(contained?.body).toContain(title);

  // Somebody who may releases it elsewhere: the sweep finds it, and tells of it once.
  const host = elsewhere(of);
  const { record: released } = await host.release(of.arn, { by: 'a human', reason: 'all clear' });
  expect(released.state).toBe('released');
  await of.run(20 * minutes);
  expect(isCutOff(of, of.arn)).toBe(false);
  expect(kindsOf(of)).toEqual(['started', 'contained', 'released']);
  expect(of.mails.at(-1)?.body).toContain('Released by a human: all clear');
  expect((await of.ledger.archived(released.id))?.value.events.at(-1)?.what).toBe('last-look');
  expect(of.objects('watched/')).toEqual([]);
  expect(of.objects('outbox/')).toEqual([]);
});

test('the home account and several at once: one message, one record each', async () => {
  const of = simulation({ accounts: [account, '444455556666'] });
  const arns = [home, account, '444455556666'].map((id) => makeUser(of.admin(id), id, 'victim'));
  of.publish({ body: JSON.stringify({ arns }) });
  await of.run(3 * minutes);
  expect(arns.map((arn) => isCutOff(of, arn))).toEqual([true, true, true]);
  expect(kindsOf(of).toSorted()).toEqual(['contained', 'contained', 'contained', 'started', 'started', 'started']);
});

test('the secret is in nothing that was said or stored', async () => {
  const of = sceneOf(makeInstance);
  of.ask();
  of.publish({ body: 'x', attributes: { ExternalId: requestExternalId, Arn: requestExternalId } });
  await of.run(5 * minutes);
  const queued = [of.continuations, of.deadContinuations, of.deadRequests].map(({ messages }) => messages);
  const all = JSON.stringify([of.mails, of.logged, queued, of.sandbox.dump()]);
  expect(all.includes(requestExternalId)).toBe(false);
  // The trust policies of the accounts name theirs, by their nature.
  expect(JSON.stringify([of.mails, of.logged, queued]).includes(memberExternalId)).toBe(false);
});

test('a secret that was changed a moment ago is known, and the one before it still is', async () => {
  const of = simulation();
  withoutWaits(of.sandbox, account);
  const arns = ['one', 'two'].map((name) => makeUser(of.admin(account), account, name));
  of.publish({ body: JSON.stringify({ arn: arns[0] }) });
  // Not a minute: the sweep would have a second process made.
  await of.run(30_000);
  const after = requestExternalId.replace('requests', 'tomorrow');
  of.secret.set('AWSPREVIOUS', of.secret.get('AWSCURRENT') ?? '');
  of.secret.set('AWSCURRENT', JSON.stringify({ requestExternalId: after, memberExternalId }));
  of.publish({ body: JSON.stringify({ arn: arns[1] }), attributes: { ExternalId: after } });
  await of.run(20_000);
  of.publish({ body: JSON.stringify({ arn: arns[1], incident: 'INC-2' }) });
  await of.run(minutes);
  expect(arns.map((arn) => isCutOff(of, arn))).toEqual([true, true]);
  expect(kindsOf(of)).not.toContain('refused');
});

test('an account that is not listed contains nothing', async () => {
  const of = sceneOf(makeUser, { environment: { LOCKDOWN_ACCOUNTS: '444455556666, 777788889999' } });
  const message = '11111111-2222-3333-4444-555555555555';
  of.ask(message);
  await of.run(5 * minutes);
  expect(isCutOff(of, of.arn)).toBe(false);
  expect(kindsOf(of)).toEqual(['refused']);
  expect(of.mails[0]?.attributes).toMatchObject({ outcome: 'account-not-listed', arn: of.arn, message });
  expect(of.sandbox.calls.filter(({ service }) => service === 'sts' || service === 'iam')).toEqual([]);
});

test('what others contain in the same ledger is looked after too: brought to its end, and its release is told', async () => {
  const of = sceneOf(makeInstance);
  const host = elsewhere(of);
  // It ends in the middle of the dwell.
  const { record } = await host.dispatcher.contain({ arn: of.arn, by: 'bob@desk' });
  expect(record.state).toBe('containing');
  await of.run(10 * minutes);
  expect(isCutOff(of, of.arn)).toBe(true);
  expect(kindsOf(of)).toEqual(['started', 'contained']);
  await host.release(of.arn);
  await of.run(2 * minutes);
  expect(kindsOf(of)).toEqual(['started', 'contained', 'released']);
});

test('a release of what somebody else has contained and finished is told', async () => {
  const of = sceneOf(makeUser);
  const host = elsewhere(of);
  await host.contain(of.arn);
  await of.run(5 * minutes);
  expect(kindsOf(of)).toEqual([]);
  await host.release(of.arn);
  await of.run(5 * minutes);
  expect(kindsOf(of)).toEqual(['released']);
});

test('a release that a person has begun is not gone on with', async () => {
  const of = sceneOf(makeInstance);
  of.ask();
  await of.run(5 * minutes);
  const { record } = await elsewhere(of).dispatcher.release({ target: of.arn, by: 'bob@desk' });
  const before = of.sandbox.calls.length;
  await of.run(30 * minutes);
  expect(record.state).toBe('releasing');
  expect((await of.record())?.epoch).toBe(record.epoch);
  expect(of.sandbox.calls.slice(before).filter(({ service, mutates }) => mutates && ['ec2', 'iam'].includes(service))).toEqual(
    [],
  );
});

test('an entity in another Region', async () => {
  const of = simulation();
  withoutWaits(of.sandbox, account, 'ap-southeast-2');
  const arn = makeFunction(of.admin(account), account, 'victim', 'ap-southeast-2');
  of.publish({ body: JSON.stringify({ arn }) });
  await of.run(3 * minutes);
  expect(isCutOff(of, arn)).toBe(true);
  expect(kindsOf(of)).toEqual(['started', 'contained']);
});

test('options of the message count', async () => {
  const of = sceneOf(makeInstance);
  of.publish({ body: JSON.stringify({ arn: of.arn, options: { dwell: 0 } }) });
  await of.run(20_000);
  expect(isCutOff(of, of.arn)).toBe(true);
});

test('a message that is delivered again after the release contains nothing', async () => {
  const of = sceneOf(makeUser);
  const event = of.eventOf({ body: JSON.stringify({ arn: of.arn }) });
  of.deliver(event);
  await of.run(5 * minutes);
  await elsewhere(of).release(of.arn);
  of.deliver(event);
  await of.run(5 * minutes);
  expect(isCutOff(of, of.arn)).toBe(false);
  expect(kindsOf(of)).toEqual(['started', 'contained', 'released']);
});

test('what came back after a release is told of by the last look', async () => {
  const of = sceneOf(makeUser);
  of.ask();
  await of.run(5 * minutes);
  await elsewhere(of).release(of.arn);
  const admin = of.admin(account);
  const [key] = admin.run(new ListAccessKeysCommand({ UserName: 'victim' })).AccessKeyMetadata ?? [];
  admin.run(new UpdateAccessKeyCommand({ UserName: 'victim', AccessKeyId: key?.AccessKeyId, Status: 'Inactive' }));
  await of.run(20 * minutes);
  expect(kindsOf(of)).toEqual(['started', 'contained', 'released', 'failed']);
  expect(of.mails[3]?.subject).toContain('CAME BACK AFTER RELEASE');
  expect(of.mails[3]?.body).toContain(key?.AccessKeyId);
});
