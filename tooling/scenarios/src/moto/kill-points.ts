import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainmentRecord, Progress } from '@entity-lockdown/core';
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
      expect(await lockdown(settings).ledger.allOpen()).toEqual([]);
      expectNoSecrets('the ledger', await ledger.text());
    },
    async remove() {
      await ledger.remove();
      await rm(clock, { recursive: true });
    },
  };
}

/** The writes that a containment, or its release, makes when nobody disturbs it. */
async function writesOf(endpoint: string, type: EntityType, which: Job['do'], ledgers: Ledgers): Promise<readonly KillPoint[]> {
  const scene = await setScene(endpoint, type, ledgers);
  const counts = { aws: 0, ledger: 0 };
  const counting = lockdown(scene.settings, (to) => {
    counts[to] += 1;
  });
  const contained = await (which === 'contain' ? counting : lockdown(scene.settings)).run(containing(scene.world));
  expect(contained.record).toMatchObject({ state: 'contained', failures: [] });
  if (which === 'release') await counting.run(releasing(scene.world));
  await scene.remove();
  return (['aws', 'ledger'] as const).flatMap((after) =>
    Array.from({ length: counts[after] }, (_, index) => ({ after, count: index + 1 })),
  );
}

/**
 * Kills a process that contains right after each of its writes, each time in an account of its own; then contains again, which must
 * end contained without waiting for the dead, and releases.
 *
 * @returns how many kills there were
 */
export async function killWhileContaining(endpoint: string, type: EntityType, ledgers: Ledgers = folderLedgers): Promise<number> {
  const points = await writesOf(endpoint, type, 'contain', ledgers);
  await atATime(4, points, (point) =>
    named(`${type} killed while containing, after write ${point.count} to ${point.after}`, async () => {
      const scene = await setScene(endpoint, type, ledgers);
      await kill(scene, point, containing(scene.world));
      const again = lockdown(scene.settings);
      const { record } = await again.run(containing(scene.world));
      expect(record).toMatchObject({ state: 'contained', failures: [] });
      expect(again.waited()).toBeLessThanOrEqual(dwellMs(scene.world));
      await expectShutOut[type](scene.world);
      expectNoSecrets('what was said', JSON.stringify([record, again.events]));
      expect(released(await lockdown(scene.settings).run(releasing(scene.world)))).toBe('released');
      await scene.expectRestored();
      await scene.remove();
    }),
  );
  return points.length;
}

/** Kills a process that releases right after each of its writes; then releases again, which must end at the original state. */
export async function killWhileReleasing(endpoint: string, type: EntityType, ledgers: Ledgers = folderLedgers): Promise<number> {
  const points = await writesOf(endpoint, type, 'release', ledgers);
  await atATime(4, points, (point) =>
    named(`${type} killed while releasing, after write ${point.count} to ${point.after}`, async () => {
      const scene = await setScene(endpoint, type, ledgers);
      await lockdown(scene.settings).run(containing(scene.world));
      await kill(scene, point, releasing(scene.world));
      await releaseWhatIsOpen(scene);
      await scene.expectRestored();
      await scene.remove();
    }),
  );
  return points.length;
}

async function kill({ settings }: Scene, point: KillPoint, job: Job): Promise<void> {
  const ended = await runProcess({ ...settings, kill: point }, job);
  expect(ended).toMatchObject({ signal: 'SIGKILL', output: '' });
}

/** A process that was killed after its last write has left nothing to release: that is said. */
async function releaseWhatIsOpen({ settings, world }: Scene): Promise<void> {
  try {
    expect(released(await lockdown(settings).run(releasing(world)))).toBe('released');
  } catch (error) {
    if (!(error instanceof LockdownError)) throw error;
    expect(error.failure.code).toBe('not-contained');
  }
}

const released = ({ record }: Progress): ContainmentRecord['state'] => record.state;

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
