import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faults } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { makeFunction, makeInstance, makeRole, makeUser } from './testing/entities.ts';
import { minutes, type Scene, sceneOf } from './testing/scene.ts';

test('an instance is billed for less than three seconds in all, at 50 ms a call', async () => {
  const of = sceneOf(makeInstance);
  of.ask();
  await of.run(10 * minutes);
  expect((await of.record())?.state).toBe('contained');
  // The sweep runs by itself, whether anything is contained or not.
  const own = of.invocations.filter(({ kind }) => kind !== 'sweep');
  const billed = own.reduce((sum, { startedAt, endedAt = Number.NaN }) => sum + endedAt - startedAt, 0);
  expect(own.length).toBeGreaterThan(4);
  expect(billed).toBeLessThan(3_000);
});

/** The budget of an entity type: calls one after another until the first deny, with the ledger in S3. */
const budgets = [
  ['user', makeUser, 2],
  ['role', makeRole, 2],
  ['function', makeFunction, 6],
  ['instance', makeInstance, 6],
] as const;

async function roundTripsUntilFirstDeny(of: Scene): Promise<number> {
  const start = of.time.now();
  of.ask();
  await of.run(minutes);
  const deny = of.sandbox.calls.find(({ operation }) => /^(PutUserPolicy|PutRolePolicy|PutFunctionConcurrency)$/.test(operation));
  return ((deny?.at ?? Number.NaN) - start) / 50;
}

test.each(budgets)(
  'from the publish to the first deny on a %s it takes no more round trips than without SNS',
  async (_, make, most) => {
    for (const idle of [1.5, 4.9, 6.5, 13.9]) {
      const of = sceneOf(make);
      // The process has come for sweeps, and has neither a session in the account nor anything of it.
      await of.run(idle * minutes);
      expect(new Set(of.invocations.map(({ kind }) => kind))).toEqual(new Set(['sweep']));
      expect(await roundTripsUntilFirstDeny(of)).toBeLessThanOrEqual(most);
    }
  },
);

test.each(budgets)('and one more for a %s in a new process, which reads the secret as it starts', async (_, make, most) => {
  expect(await roundTripsUntilFirstDeny(sceneOf(make))).toBeLessThanOrEqual(most + 1);
});

test('a secret that cannot be read as the process starts is read again for the message that waits', async () => {
  let refusals = 0;
  const of = sceneOf(makeUser, {
    fault: ({ operation }) => (operation === 'GetSecretValue' && ++refusals <= 1 ? faults.internal() : undefined),
  });
  of.ask();
  await of.run(minutes / 2);
  expect([of.invocations.length, (await of.record())?.state]).toEqual([1, 'contained']);
});

test('nothing is written before the continuation is in the queue', async () => {
  for (const [, make] of budgets) {
    const of = sceneOf(make, { callMs: (operation) => (operation === 'SendMessage' ? 2_000 : 50) });
    const start = of.time.now();
    of.ask();
    await of.run(minutes);
    const writes = of.sandbox.calls.filter(({ operation }) => /^(Put(User|Role|Function)|Attach|Modify|Update)/.test(operation));
    expect(writes.length).toBeGreaterThan(0);
    for (const { at } of writes) expect(at - start).toBeGreaterThan(2_000);
  }
});

test('an idle sweep is short', async () => {
  const of = sceneOf(makeUser);
  await of.run(2.5 * minutes);
  const sweeps = of.invocations.filter(({ kind }) => kind === 'sweep');
  expect(sweeps.map(({ startedAt, endedAt = Number.NaN }) => endedAt - startedAt)).toEqual([200, 200]);
});

test('nothing that is deployed sleeps', () => {
  const sources = globSync('**/*.ts', { cwd: import.meta.dirname }).filter((file) => !/\.test\.ts$|^testing\//.test(file));
  expect(sources.length).toBeGreaterThan(15);
  const sleeping = sources.filter((file) =>
    /setTimeout|setInterval|\bdrive\(|\bsleep/.test(readFileSync(join(import.meta.dirname, file), 'utf8')),
  );
  expect(sleeping).toEqual([]);
});
