import '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { walk } from './walk.ts';
import { functionsOnOneRole, instancesOfOneVpc } from './worlds.ts';

test('try', async () => {
  const n = Number(process.env.WALKS ?? 20);
  const first = Number(process.env.SEED ?? 1);
  let bad = 0,
    steps = 0;
  const t = Date.now();
  const kinds = new Map<string, number>();
  for (let seed = first; seed < first + n; seed++) {
    const result = await walk({
      seed,
      world: process.env.W === 'i' ? instancesOfOneVpc : functionsOnOneRole,
      deaths: Number(process.env.D ?? 0.02),
      pauses: Number(process.env.P ?? 0.03),
      lost: Number(process.env.L ?? 0.01),
    });
    steps += result.steps;
    if (process.env.V) console.log(result.trace.join('\n'));
    if (result.bad) {
      bad++;
      const k = result.bad.replace(/\d+/g, 'N').slice(0, 300);
      kinds.set(k, (kinds.get(k) ?? 0) + 1);
      if (kinds.get(k) === 1)
        console.log('seed', seed, result.bad.slice(0, 1500), process.env.T ? '\n' + result.trace.slice(-60).join('\n') : '');
    }
  }
  console.log({ bad, n, steps, ms: Date.now() - t, kinds });
  expect(bad).toBe(0);
}, 600_000);
