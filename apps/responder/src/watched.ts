import { type Clock, type ObjectStore, StoreConflict } from '@entity-lockdown/core';

/** The records that the sweep looks after, from when they were begun until all that is to be told of them was told. */
export interface Watched {
  add(record: string): Promise<void>;
  all(): Promise<readonly string[]>;
  remove(record: string): Promise<void>;
  /**
   * Whether somebody is to be sent for now. At most once a while for the same standstill, each time after twice as long: what is wrong
   * may last for hours.
   *
   * @param standstill names how far the record has come
   */
  mayNudge(record: string, standstill: string): Promise<boolean>;
}

interface Entry {
  readonly standstill?: string;
  readonly nudges?: number;
  readonly at?: number;
}

const firstWaitMs = 4 * 60_000;
const longestWaitMs = 6 * 3_600_000;

export function watchedRecords(store: ObjectStore, clock: Clock, random: (length: number) => string): Watched {
  const folder = 'watched/';
  const text = (entry: Entry): string => `${JSON.stringify({ object: 'watched', version: 1, nonce: random(12), ...entry })}\n`;

  /** Whether it was written. Somebody else who did so first has done what was to be done. */
  async function unlessChanged(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      if (error instanceof StoreConflict) return false;
      throw error;
    }
  }

  return {
    async add(record) {
      await unlessChanged(() => store.put(`${folder}${record}`, text({}), { absent: true }));
    },
    all: async () => (await store.list(folder)).map((key) => key.slice(folder.length)),
    async remove(record) {
      const there = await store.get(`${folder}${record}`);
      if (there !== undefined) await unlessChanged(() => store.delete(`${folder}${record}`, { tag: there.tag }));
    },
    async mayNudge(record, standstill) {
      const key = `${folder}${record}`;
      const there = await store.get(key);
      const entry = there === undefined ? {} : (JSON.parse(there.body) as Entry);
      const nudges = entry.standstill === standstill ? (entry.nudges ?? 0) : 0;
      const wait = Math.min(firstWaitMs * 2 ** (nudges - 1), longestWaitMs);
      if (nudges > 0 && clock.now() < (entry.at ?? 0) + wait) return false;
      const next = text({ standstill, nudges: nudges + 1, at: clock.now() });
      return await unlessChanged(() => store.put(key, next, there === undefined ? { absent: true } : { tag: there.tag }));
    },
  };
}
