import { type Moto, startMoto } from '@entity-lockdown/moto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killWhileContaining, killWhileReleasing } from './kill-points.ts';

let moto: Moto;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto.stop());

describe.each(['user', 'role'] as const)('a process on a %s', (type) => {
  test('killed after any write of a containment: the next one contains at once, and release restores', async () => {
    expect(await killWhileContaining(moto.endpoint, type)).toBeGreaterThan(6);
  });

  test('killed after any write of a release: the next one ends at the original', async () => {
    expect(await killWhileReleasing(moto.endpoint, type)).toBeGreaterThan(6);
  });
});
