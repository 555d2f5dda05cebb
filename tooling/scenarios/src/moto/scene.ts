import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { newAccount, region, responder } from './account.ts';
import { dump } from './dump.ts';
import { lockdown } from './lockdown.ts';
import { planted } from './planted.ts';
import type { Job, LedgerPlace, LockdownSettings } from './settings.ts';
import { type EntityType, type World, worldOf } from './worlds.ts';

export interface Ledgers {
  /** A new place. */
  make(): Promise<{ readonly place: LedgerPlace; remove(): Promise<void> }>;
}

export const folderLedgers: Ledgers = {
  async make() {
    const folder = await mkdtemp(join(tmpdir(), 'entity-lockdown-'));
    const place = join(folder, 'ledger');
    return {
      place: { folder: place },
      remove: () => rm(folder, { recursive: true }),
    };
  },
};

export interface Scene {
  readonly world: World;
  readonly before: object;
  readonly settings: LockdownSettings;
  /** Fails where the account is not as it was, or the ledger has an open record. */
  expectRestored(): Promise<void>;
  remove(): Promise<void>;
}

/** An account with an entity in it, and a ledger: for one story. */
export async function setScene(endpoint: string, type: EntityType, ledgers: Ledgers = folderLedgers): Promise<Scene> {
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
    },
    async remove() {
      await ledger.remove();
      await rm(clock, { recursive: true });
    },
  };
}

export function containing({ arn, options }: World, incident?: string): Job {
  return { do: 'contain', arn, ...(options !== undefined && { options }), ...(incident !== undefined && { incident }) };
}

export function releasing({ arn }: World, incident?: string): Job {
  return { do: 'release', target: arn, ...(incident !== undefined && { incident }) };
}
