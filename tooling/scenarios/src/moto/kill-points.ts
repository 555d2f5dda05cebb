import { LockdownError } from '@entity-lockdown/core';
import { expect } from 'vitest';
import { atATime, named } from './at-a-time.ts';
import { lockdown } from './lockdown.ts';
import { runProcess } from './run-process.ts';
import { containing, folderLedgers, type Ledgers, releasing, type Scene, setScene } from './scene.ts';
import type { Job, KillPoint } from './settings.ts';
import { expectShutOut } from './shut-out.ts';
import type { EntityType, World } from './worlds.ts';

/** The writes that a containment and its release make when nobody disturbs them. */
async function writesOf(endpoint: string, type: EntityType, ledgers: Ledgers): Promise<readonly KillPoint[][]> {
  const scene = await setScene(endpoint, type, ledgers);
  const points: KillPoint[][] = [];
  for (const job of [containing(scene.world), releasing(scene.world)]) {
    const counts = { aws: 0, ledger: 0 };
    const counting = await lockdown(scene.settings, (to) => {
      counts[to] += 1;
    });
    expect((await counting.run(job)).record.failures).toEqual([]);
    points.push(
      (['aws', 'ledger'] as const).flatMap((after) =>
        Array.from({ length: counts[after] }, (_, index) => ({ after, count: index + 1 })),
      ),
    );
  }
  await scene.remove();
  return points;
}

/**
 * Kills a process that contains right after each of its writes, each time in an account of its own; then contains again, which must
 * end contained without waiting for the dead. Then kills a process that releases, right after each of its writes as well, and releases
 * again, which must end at the original state.
 *
 * @returns how many kills there were
 */
export async function killEverywhere(endpoint: string, type: EntityType, ledgers: Ledgers = folderLedgers): Promise<number> {
  const [contain = [], release = []] = await writesOf(endpoint, type, ledgers);
  // The points of both, paired: the shorter list begins anew.
  const pairs = Array.from({ length: Math.max(contain.length, release.length) }, (_, index) => ({
    first: contain[index % contain.length] as KillPoint,
    second: release[index % release.length] as KillPoint,
  }));
  let kills = 0;
  await atATime(4, pairs, ({ first, second }) =>
    named(`${type} killed after ${written(first)} of contain, after ${written(second)} of release`, async () => {
      const scene = await setScene(endpoint, type, ledgers);
      if (await kill(scene, first, containing(scene.world))) kills += 1;
      const again = await lockdown(scene.settings);
      const { record } = await again.run(containing(scene.world));
      expect(record).toMatchObject({ state: 'contained', failures: [] });
      expect(again.waited()).toBeLessThanOrEqual(dwellMs(scene.world));
      await expectShutOut[type](scene.world);
      if (await kill(scene, second, releasing(scene.world))) kills += 1;
      await releaseWhatIsOpen(scene);
      await scene.expectRestored();
      await scene.remove();
    }),
  );
  expect(kills).toBeGreaterThan(contain.length + release.length - 4);
  return kills;
}

const written = ({ after, count }: KillPoint): string => `write ${count} to ${after}`;

/**
 * How many writes there are to a ledger depends on what ended first: where a process had fewer than were counted, it has come to its
 * end. Answers whether it was killed.
 */
async function kill({ settings }: Scene, point: KillPoint, job: Job): Promise<boolean> {
  const ended = await runProcess({ ...settings, kill: point }, job);
  if (ended.code !== 0) expect(ended).toMatchObject({ signal: 'SIGKILL', output: '' });
  return ended.signal === 'SIGKILL';
}

/** A process that was killed after its last write has left nothing to release: that is said. */
async function releaseWhatIsOpen({ settings, world }: Scene): Promise<void> {
  try {
    const { record } = await (await lockdown(settings)).run(releasing(world));
    expect(record).toMatchObject({ state: 'released', failures: [] });
  } catch (error) {
    if (!(error instanceof LockdownError)) throw error;
    expect(error.failure.code).toBe('not-contained');
  }
}

function dwellMs({ options }: World): number {
  return Number(options?.dwell ?? 0) * 1_000;
}
