import { LockdownError } from '@entity-lockdown/core';
import { expect } from 'vitest';
import { atATime, named } from './at-a-time.ts';
import { lockdown } from './lockdown.ts';
import { runProcess } from './run-process.ts';
import { containing, folderLedgers, type Ledgers, releasing, type Scene, setScene } from './scene.ts';
import { expectNoSecrets } from './secrets.ts';
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
  await atATime(4, pairs, ({ first, second }) =>
    named(`${type} killed after ${written(first)} of contain, after ${written(second)} of release`, async () => {
      const scene = await setScene(endpoint, type, ledgers);
      await kill(scene, first, containing(scene.world));
      const again = await lockdown(scene.settings);
      const { record } = await again.run(containing(scene.world));
      expect(record).toMatchObject({ state: 'contained', failures: [] });
      expect(again.waited()).toBeLessThanOrEqual(dwellMs(scene.world));
      await expectShutOut[type](scene.world);
      expectNoSecrets('what was said', JSON.stringify([record, again.events]));
      await kill(scene, second, releasing(scene.world));
      await releaseWhatIsOpen(scene);
      await scene.expectRestored();
      await scene.remove();
    }),
  );
  return contain.length + release.length;
}

const written = ({ after, count }: KillPoint): string => `write ${count} to ${after}`;

async function kill({ settings }: Scene, point: KillPoint, job: Job): Promise<void> {
  const ended = await runProcess({ ...settings, kill: point }, job);
  expect(ended).toMatchObject({ signal: 'SIGKILL', output: '' });
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
