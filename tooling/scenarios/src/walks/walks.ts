import '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import type { Chance } from '../chance.ts';
import { walk } from './walk.ts';
import type { WalkWorld } from './worlds.ts';

/** Where the walks begin; set LOCKDOWN_SEED to take others, or to take one again that failed. */
const offset = Number(process.env.LOCKDOWN_SEED ?? 1);
const howMany = process.env.LOCKDOWN_WALKS;

/** A share of the walks, so that several workers take them. What a walk that fails did is printed. */
export function takeWalks(
  title: string,
  world: (random: Chance, clock: { now(): number }) => WalkWorld,
  part: number,
  count: number,
): void {
  const walks = howMany === undefined ? count : Number(howMany);
  const first = offset + part * 1_000_000;
  test(`${walks} random walks: ${title}, from seed ${first}`, { timeout: 900_000 }, async () => {
    console.log(`${title}: seeds ${first} to ${first + walks - 1}`);
    let steps = 0;
    for (let seed = first; seed < first + walks; seed++) {
      const { bad, trace, steps: taken } = await walk({ seed, world, deaths: 0.004, pauses: 0.03, lost: 0.003 });
      steps += taken;
      expect.soft(bad, `seed ${seed}\n${trace.join('\n')}`).toBeUndefined();
      if (bad !== undefined) return;
    }
    console.log(`${title}: ${steps} steps, no original lost, no false success, nothing stuck`);
  });
}
