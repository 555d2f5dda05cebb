import { afterEach, beforeEach, expect, test } from 'vitest';
import { alice, app, type Cli, cli, worker } from './testing/cli.ts';

let it: Cli;
beforeEach(() => {
  it = cli();
});
afterEach(() => it.remove());

test('several types are contained side by side, and released exactly', async () => {
  const before = it.sandbox.dump();
  const contained = await it.run(['contain', alice, app, worker, '--yes']);
  expect(contained.err).toContain('Contained: reading back from AWS shows nothing left to do.');
  expect(contained.out).toContain('CONTAINED arn:aws:iam::111122223333:user/team/alice');
  expect(contained.out).toContain('What this does not stop:');
  expect(contained.code).toBe(0);
  expect(() => it.sandbox.credentials(alice)).not.toThrow();
  expect(it.sandbox.dump()).not.toEqual(before);
  const released = await it.run(['release', alice, app, worker, '--yes']);
  expect(released.out).toContain('RELEASED');
  expect(released.code).toBe(0);
  expect(it.sandbox.dump()).toEqual(before);
});

test('plan says what would be done, and writes nothing anywhere', async () => {
  const before = it.sandbox.dump();
  const { code, out } = await it.run(['plan', alice]);
  expect(code).toBe(0);
  expect(out).toContain('Deny');
  expect(out).toContain('Nothing was changed.');
  expect(out).toContain(`To do it:  lockdown contain ${alice}\n`);
  expect(it.sandbox.dump()).toEqual(before);
  expect(it.mutations()).toEqual([]);
});

test('plan says how to do what can be done, and that alone', async () => {
  const nobody = 'arn:aws:iam::111122223333:user/nobody';
  expect((await it.run(['plan', nobody, alice])).out).toContain(`To do it:  lockdown contain ${alice}\n`);
  expect((await it.run(['plan', nobody])).out).not.toContain('To do it');
});
