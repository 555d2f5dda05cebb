import '@aws-sdk/client-sts';
import { testClock } from '@entity-lockdown/plugin-testkit';
import { expect, test } from 'vitest';
import { chance } from '../chance.ts';
import { runner } from '../harness.ts';
import { generateWorld } from './world.ts';

const worlds = Number(process.env.N ?? 1_000);
const first = Number(process.env.LOCKDOWN_SEED ?? 1);

function firstDifference(was: string, is: string): string {
  let at = 0;
  while (at < was.length && was[at] === is[at]) at += 1;
  return `${was.slice(Math.max(0, at - 100), at + 100)} became ${is.slice(Math.max(0, at - 100), at + 100)}`;
}

/** Contains entities of a generated world for overlapping incidents, releases them in any order, and compares the whole world. */
async function containAndRelease(seed: number): Promise<string | undefined> {
  const random = chance(seed);
  const clock = testClock();
  const { sandbox, account, entities } = generateWorld(random, clock);
  const before = sandbox.dump();
  const run = runner({ sandbox, clock, as: `admin:${account}`, direct: true });
  const holds: { readonly arn: string; readonly incident: string }[] = [];
  const count = 2 + random.below(4);
  for (let index = 0; index < count || holds.length > 0; index++) {
    if (index < count && (holds.length === 0 || random.next() < 0.7)) {
      const entity = random.pick(entities);
      const incident = random.pick(['INC-1', 'INC-2']);
      const { record } = await run.contain(entity.arn, { incident, options: entity.options(random) });
      // What cannot be done without affecting others is partial, and must come back all the same.
      if (record.state !== 'contained' && !record.failures.every(({ code }) => code === 'no-room')) {
        return `${entity.arn} is ${record.state}: ${record.failures.map(({ message }) => message).join(' ')}`;
      }
      if (!holds.some((hold) => hold.arn === entity.arn && hold.incident === incident)) holds.push({ arn: entity.arn, incident });
    } else {
      const [hold] = holds.splice(random.below(holds.length), 1);
      if (hold === undefined) continue;
      const { record, otherHolds } = await run.release(hold.arn, { incident: hold.incident });
      if (otherHolds === undefined && record.state !== 'released')
        return `${hold.arn} is ${record.state} after its release: ${record.failures.map(({ message }) => message).join(' ')}`;
    }
    clock.turn(random.pick([1_000, 700_000]));
  }
  const after = sandbox.dump();
  for (const slot of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [JSON.stringify(before[slot]), JSON.stringify(after[slot])];
    if (was !== is) return `${slot} is not as it was: ${firstDifference(was ?? '', is ?? '')}`;
  }
  return undefined;
}

test(`release(contain(x)) is x in ${worlds} generated worlds, from seed ${first}`, { timeout: 600_000 }, async () => {
  console.log(`generated worlds: seeds ${first} to ${first + worlds - 1} (set LOCKDOWN_SEED for others)`);
  for (let seed = first; seed < first + worlds; seed++) expect(await containAndRelease(seed), `seed ${seed}`).toBeUndefined();
});
