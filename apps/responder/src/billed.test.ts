import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFunction, makeInstance, makeRole, makeUser } from './testing/entities.ts';
import { minutes, sceneOf } from './testing/scene.ts';

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

/**
 * Calls one after another from the publish to the first deny, of a new process with a new ledger. Three of them are before the
 * dispatcher's own: the secret, the continuation, and whether the message was handled before; one is the mark of the new ledger.
 */
test.each([
  ['user', makeUser, 2 + 3 + 1],
  ['role', makeRole, 2 + 3 + 1],
  ['function', makeFunction, 6 + 3 + 1],
  ['instance', makeInstance, 6 + 3 + 1],
] as const)('the first deny on a %s takes few round trips', async (_, make, most) => {
  const of = sceneOf(make);
  const start = of.time.now();
  of.ask();
  await of.run(minutes);
  const deny = of.sandbox.calls.find(({ operation }) => /^(PutUserPolicy|PutRolePolicy|PutFunctionConcurrency)$/.test(operation));
  expect(((deny?.at ?? Number.NaN) - start) / 50).toBeLessThanOrEqual(most);
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
