import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LockdownError } from '@entity-lockdown/core';
import { expect } from 'vitest';
import { newAccount, region, responder } from './account.ts';
import { atATime } from './at-a-time.ts';
import { dump } from './dump.ts';
import { lockdown } from './lockdown.ts';
import { runProcess } from './run-process.ts';
import { expectNoSecrets, planted, textOfFolder } from './secrets.ts';
import type { Job, KillPoint, LedgerPlace, LockdownSettings } from './settings.ts';
import { expectShutOut } from './shut-out.ts';
import { type EntityType, type World, worldOf } from './worlds.ts';

export interface Ledgers {
  /** A new place, and the text of all that is stored in it. */
  make(): Promise<{ readonly place: LedgerPlace; text(): Promise<string>; remove(): Promise<void> }>;
}

export const folderLedgers: Ledgers = {
  async make() {
    const folder = await mkdtemp(join(tmpdir(), 'entity-lockdown-'));
    const place = join(folder, 'ledger');
    return {
      place: { folder: place },
      text: () => textOfFolder(place),
      remove: () => rm(folder, { recursive: true }),
    };
  },
};

interface Scene {
  readonly world: World;
  readonly before: object;
  readonly settings: LockdownSettings;
  /** Fails where the account is not as it was, the ledger has an open record, or a secret stands in it. */
  expectRestored(): Promise<void>;
  remove(): Promise<void>;
}

async function setScene(endpoint: string, type: EntityType, ledgers: Ledgers): Promise<Scene> {
  const world = await worldOf[type](await newAccount(endpoint));
  const before = await dump(world.account);
  const ledger = await ledgers.make();
  const clock = await mkdtemp(join(tmpdir(), 'entity-lockdown-clock-'));
  const settings: LockdownSettings = {
    endpoint,
    region,
    ledger: ledger.place,
    roleName: responder,
    externalId: planted.externalId,
    clockFile: join(clock, 'turned'),
  };
  return {
    world,
    before,
    settings,
    async expectRestored() {
      expect(await dump(world.account)).toEqual(before);
      expect(await (await lockdown(settings)).ledger.allOpen()).toEqual([]);
      expectNoSecrets('the ledger', await ledger.text());
    },
    async remove() {
      await ledger.remove();
      await rm(clock, { recursive: true });
    },
  };
}

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

export function containing({ arn, options }: World, incident?: string): Job {
  return { do: 'contain', arn, ...(options !== undefined && { options }), ...(incident !== undefined && { incident }) };
}

export function releasing({ arn }: World, incident?: string): Job {
  return { do: 'release', target: arn, ...(incident !== undefined && { incident }) };
}

function dwellMs({ options }: World): number {
  return Number(options?.dwell ?? 0) * 1_000;
}

async function named(name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  }
}
