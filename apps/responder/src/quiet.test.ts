import type { ContainmentRecord } from '@entity-lockdown/core';
import { expect, test } from 'vitest';
import { type ContainingParts, containing } from './containing.ts';

test('a process is quiet only when a mail that was begun beside the work has been sent', async () => {
  let sent = (): void => {};
  const parts = {
    notices: { tell: () => new Promise((resolve) => (sent = () => resolve('told'))), retry: async () => 0 },
    watched: { add: async () => {} },
    writing: { commands: { status: () => '', release: () => '' }, titleOf: () => '' },
    clock: { now: () => 0 },
    log: { info() {}, warn() {}, error() {} },
  } as unknown as ContainingParts;
  const { observe, quiet } = containing(parts);
  const entity = { arn: 'arn:aws:iam::111122223333:role/app', account: '111122223333', region: '', name: 'app' };
  const record = { id: 'r', state: 'containing', lookedAt: '', entity, plugin: { id: 'x' }, holds: {}, targets: [] };
  observe({ at: '', what: 'write', text: '' }, record as unknown as ContainmentRecord);
  let isQuiet = false;
  const waiting = quiet().then(() => {
    isQuiet = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isQuiet).toBe(false);
  sent();
  await waiting;
  expect(isQuiet).toBe(true);
});
