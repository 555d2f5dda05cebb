import { type Moto, startMoto } from '@entity-lockdown/moto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killEverywhere } from './kill-points.ts';

let moto: Moto;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto.stop());

describe.each(['user', 'role'] as const)('a process on a %s', (type) => {
  test('killed after any write: the next one contains at once, and the one after that restores', async () => {
    expect(await killEverywhere(moto.endpoint, type)).toBeGreaterThan(15);
  }, 300_000);
});
