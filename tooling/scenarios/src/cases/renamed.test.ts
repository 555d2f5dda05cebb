import { GetUserCommand, UpdateUserCommand } from '@aws-sdk/client-iam';
import { faults } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { account, answerTo, made, type Organization, organization, user } from './organization.ts';

const mallory = `arn:aws:iam::${account}:user/mallory`;
const eve = `arn:aws:iam::${account}:user/eve`;

/** A contained user that was renamed since, as its id shows. */
async function contained() {
  const of = organization();
  const alice = user(of, 'alice');
  const before = of.sandbox.dump();
  const { record } = await of.process().contain(alice);
  expect(record.state).toBe('contained');
  rename(of, 'alice', 'mallory');
  return { of, alice, before, record: record.id };
}

function rename(of: Organization, UserName: string, NewUserName: string): void {
  of.run(new UpdateUserCommand({ UserName, NewUserName }));
}

test('a user that was renamed while it was contained is refused under its new name, and nothing of its containment is taken back', async () => {
  const { of, alice, before, record } = await contained();
  const closed = of.sandbox.dump();
  const other = await of.process().contain(mallory);
  expect(other.record).toMatchObject({ state: 'refused', failures: [{ code: 'contained-under-another-name' }] });
  expect(other.record.failures[0]?.next).toContain(alice);
  expect(other.record.failures[0]?.next).toContain(record);
  expect(of.sandbox.dump()).toEqual(closed);
  expect(await answerTo(of, mallory)).not.toBe('allowed');

  const plan = await of.process().dispatcher.plan({ arn: mallory, by: 'test' });
  expect(plan.refusal?.code).toBe('contained-under-another-name');

  expect((await of.process().contain(alice, { incident: 'second' })).record.state).toBe('contained');
  expect((await of.process().release(record, { allHolds: true })).record.state).toBe('released');
  rename(of, 'mallory', 'alice');
  expect(of.sandbox.dump()).toEqual(before);
});

test('a user that was given its own id for a name is the same user, too', async () => {
  const of = organization();
  const alice = user(of, 'alice');
  await of.process().contain(alice);
  const id = made(of.run(new GetUserCommand({ UserName: 'alice' })).User?.UserId);
  rename(of, 'alice', id);
  const { record } = await of.process().contain(`arn:aws:iam::${account}:user/${id}`);
  expect(record).toMatchObject({ state: 'refused', failures: [{ code: 'contained-under-another-name' }] });
});

test('a record under the new name that could not look yet takes nothing back when it is released', async () => {
  const { of, record } = await contained();
  const allow = of.sandbox.intercept({ before: ({ operation }) => (operation === 'GetUser' ? faults.denied() : undefined) });
  const blind = await of.process().contain(mallory, { incident: 'second' });
  expect(blind.record.state).toBe('partial');
  allow();
  const closed = of.sandbox.dump();
  await of.process().release(blind.record.id, { incident: 'second' });
  expect(of.sandbox.dump()).toEqual(closed);
  expect(of.run(new GetUserCommand({ UserName: 'mallory' })).User?.UserName).toBe('mallory');
  expect((await of.process().release(record)).record.state).toBe('released');
});

test('once it was released, it is contained under its new name, and under the old one again after', async () => {
  const { of, alice, record } = await contained();
  await of.process().release(record);
  const open = of.sandbox.dump();
  const again = await of.process().contain(mallory);
  expect(again.record.state).toBe('contained');
  await of.process().release(again.record.id);
  expect(of.sandbox.dump()).toEqual(open);
  rename(of, 'mallory', 'alice');
  expect((await of.process().contain(alice)).record.state).toBe('contained');
});

test('another user of the old name is another user: that it is not contained is said, and it can be under another name', async () => {
  const { of, alice } = await contained();
  expect(user(of, 'alice')).toBe(alice);
  expect(await answerTo(of, alice)).toBe('allowed');
  const { record } = await of.process().contain(alice);
  expect(record).toMatchObject({ state: 'partial', failures: [] });
  expect(record.warnings.filter(({ gap }) => gap)).toEqual([
    { gap: true, text: expect.stringContaining('Another user is called alice now') },
  ]);
  rename(of, 'alice', 'eve');
  expect((await of.process().contain(eve)).record.state).toBe('contained');
  expect((await of.process().contain(alice)).record.state).toBe('contained');
  expect(await answerTo(of, eve)).not.toBe('allowed');
});

test('while it is being released, nothing is said under its new name, and nothing is left that no record knows', async () => {
  const of = organization();
  const alice = user(of, 'alice');
  const before = of.sandbox.dump();
  const { record } = await of.process().contain(alice);
  const allow = of.sandbox.intercept({ before: ({ operation }) => (operation === 'UntagUser' ? faults.denied() : undefined) });
  // The deny is off by now; the tag is not.
  expect((await of.process().release(alice)).record.state).toBe('release-blocked');
  rename(of, 'alice', 'mallory');
  const code = 'released-under-another-name';
  expect((await of.process().contain(mallory)).record).toMatchObject({ state: 'partial', failures: [{ code }] });
  expect(await answerTo(of, mallory)).not.toBe('allowed');
  expect((await of.process().release(mallory)).record).toMatchObject({ state: 'release-blocked', failures: [{ code }] });
  allow();
  expect((await of.process().release(record.id)).record.state).toBe('released');
  expect((await of.process().contain(mallory)).record).toMatchObject({ state: 'contained', failures: [] });
  expect((await of.process().release(mallory)).record.state).toBe('released');
  rename(of, 'mallory', 'alice');
  expect(of.sandbox.dump()).toEqual(before);
});

test('a record of the old name that has not looked yet is not taken for one of the user that was renamed', async () => {
  const of = organization();
  const alice = user(of, 'alice');
  await of.process().contain(alice);
  await of.process().release(alice);
  rename(of, 'alice', 'mallory');
  user(of, 'alice');
  const before = of.sandbox.dump();
  const { sandbox } = of;
  const isOfAlice = (input: object) => 'UserName' in input && input.UserName === 'alice';
  const allow = sandbox.intercept({
    before: ({ operation, input }) => (operation === 'GetUser' && isOfAlice(input) ? faults.denied() : undefined),
  });
  expect((await of.process().contain(alice)).record.state).toBe('partial');
  expect((await of.process().contain(mallory)).record).toMatchObject({ state: 'contained', failures: [] });
  allow();
  for (const arn of [alice, mallory]) expect((await of.process().release(arn)).record.state).toBe('released');
  expect(sandbox.dump()).toEqual(before);
});

test('the deny made in advance on a user that was made again under a known name is taken off where nothing else was begun', async () => {
  const of = organization();
  const alice = user(of, 'alice');
  await of.process().contain(alice);
  await of.process().release(alice);
  rename(of, 'alice', 'mallory');
  user(of, 'alice');
  const before = of.sandbox.dump();
  const allow = of.sandbox.intercept({ before: ({ operation }) => (operation === 'GetUser' ? faults.denied() : undefined) });
  expect((await of.process().contain(alice)).record.state).toBe('partial');
  expect(of.sandbox.dump()).not.toEqual(before);
  allow();
  const { record } = await of.process().release(alice);
  expect(record.targets.map(({ released }) => released)).toEqual(['restored']);
  expect(of.sandbox.dump()).toEqual(before);
});
