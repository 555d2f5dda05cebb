import { failureOf } from '@entity-lockdown/core';
import type { Check } from '../check.ts';
import { differences } from '../differences.ts';
import { saidBy } from '../journey.ts';
import { type Life, lifeOf, untilEnd } from '../life.ts';
import type { Subject, SubjectWorld } from '../subject.ts';
import type { TestHost } from '../test-host.ts';
import type { BuiltWorld } from '../world.ts';

export const resumesContainment: Check = {
  title: 'a containment that stops before any call is finished by the next run, and can be released',
  run: async (subject) =>
    await stopEverywhere(subject, async (own, life) => {
      const at = begin(subject, own);
      const stopped = await untilEnd(life, () => at.host(life).contain(at.world.arn, { options: own.values }));
      if (!('before' in stopped)) return { over: true, faults: [] };
      const next = await attempt(() => at.host().contain(at.world.arn, { options: own.values }));
      if (typeof next === 'string')
        return { over: false, faults: [`stopped before ${stopped.before}, the next run failed: ${next}`] };
      if (next.record.state !== own.expect)
        return {
          over: false,
          faults: [`stopped before ${stopped.before}, the next run ended as ${next.record.state}: ${saidBy(next.record)}`],
        };
      const released = await attempt(() => at.host().release(at.world.arn));
      return { over: false, faults: releaseFaults(at, released).map((fault) => `stopped before ${stopped.before}, ${fault}`) };
    }),
};

export const resumesRelease: Check = {
  title: 'a release that stops before any call is finished by the next run',
  run: async (subject) =>
    await stopEverywhere(subject, async (own, life) => {
      const at = begin(subject, own);
      await at.host().contain(at.world.arn, { options: own.values });
      const stopped = await untilEnd(life, () => at.host(life).release(at.world.arn));
      if (!('before' in stopped)) return { over: true, faults: [] };
      const open = await at.host().ledger.allOpen();
      const released = open.length === 0 ? undefined : await attempt(() => at.host().release(at.world.arn));
      return {
        over: false,
        faults: releaseFaults(at, released).map((fault) => `stopped before ${stopped.before} while it was released, ${fault}`),
      };
    }),
};

interface Begun {
  readonly world: BuiltWorld;
  readonly before: ReturnType<BuiltWorld['sandbox']['dump']>;
  /** A process of its own on the same ledger, which knows all processes before it to be dead. */
  host(life?: Life): TestHost;
}

function begin(subject: Subject, own: SubjectWorld): Begun {
  const world = own.build();
  const objects = new Map<string, string>();
  return {
    world,
    before: world.sandbox.dump(),
    host: (life) => subject.host(world, { objects, direct: true, isDead: () => true, ...(life !== undefined && { life }) }),
  };
}

type Released = Awaited<ReturnType<TestHost['release']>> | string | undefined;

function releaseFaults({ world, before }: Begun, released: Released): readonly string[] {
  if (typeof released === 'string') return [`it could not be released: ${released}`];
  if (released !== undefined && released.record.state !== 'released')
    return [`the release ended as ${released.record.state}: ${saidBy(released.record)}`];
  if (released?.record.targets.some(({ irreversible }) => irreversible !== undefined)) return [];
  return differences(before, world.sandbox.dump(), 2).map((difference) => `it was not put back: ${difference}`);
}

async function attempt<T>(run: () => Promise<T>): Promise<T | string> {
  try {
    return await run();
  } catch (error) {
    return failureOf(error).message;
  }
}

/** Faults after which no more are looked for: they tend to be the same. */
const enough = 3;

async function stopEverywhere(
  subject: Subject,
  stop: (own: SubjectWorld, life: Life) => Promise<{ readonly over: boolean; readonly faults: readonly string[] }>,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const worlds = subject.containable.filter(({ meanwhile }) => meanwhile === undefined);
  for (const own of worlds) {
    const step = await stride(subject, own, stop);
    for (let calls = 0; faults.length < enough; calls += step) {
      const ended = await stop(own, lifeOf(calls));
      faults.push(...ended.faults.map((fault) => `"${own.title}": ${fault}`));
      if (ended.over) break;
    }
  }
  return faults;
}

/** The distance of one stop from the next: 1, unless the author wants no more than so many stops. */
async function stride(
  { options }: Subject,
  own: SubjectWorld,
  stop: (own: SubjectWorld, life: Life) => Promise<unknown>,
): Promise<number> {
  if (options.stops === undefined) return 1;
  const whole = lifeOf(Number.POSITIVE_INFINITY);
  await stop(own, whole);
  return Math.max(1, Math.ceil(whole.steps.length / options.stops));
}
