import { GetUserCommand, UpdateUserCommand } from '@aws-sdk/client-iam';
import { faults } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { account, answerTo, type Organization, organization, user } from './organization.ts';

const mallory = `arn:aws:iam::${account}:user/mallory`;

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

test('another user of the old name is another user', async () => {
  const { of, alice } = await contained();
  expect(user(of, 'alice')).toBe(alice);
  const { record } = await of.process().contain(alice);
  expect(record.failures.map(({ code }) => code)).toEqual([]);
});
