import { type ContainmentRecord, keptInPlace, type RecordTarget, StoreFault, targetKey } from '@entity-lockdown/core';
import type { OpenHost } from './open-host.ts';
import { mostAtOnce, sideBySide } from './side-by-side.ts';

/** A record that has ended, and what `release --keep` left in place that is still so. */
export interface Kept {
  readonly record: ContainmentRecord;
  readonly targets: readonly RecordTarget[];
}

/** What was left in place, by record, the latest first; with a fault in the place of each record that cannot be read. */
export async function allKept({ ledger, archivedIds }: OpenHost): Promise<readonly (Kept | StoreFault)[]> {
  const found = await sideBySide(await archivedIds(), mostAtOnce, async (id): Promise<Kept | StoreFault | undefined> => {
    try {
      const record = (await ledger.archived(id))?.value;
      return record === undefined ? undefined : { record, targets: await keptInPlace(ledger, record) };
    } catch (error) {
      if (error instanceof StoreFault) return error;
      throw error;
    }
  });
  const faults = found.filter((each) => each instanceof StoreFault);
  const kept = found.flatMap((each) =>
    each === undefined || each instanceof StoreFault || each.targets.length === 0 ? [] : [each],
  );
  const told = new Set<string>();
  const latest = kept
    .toSorted((a, b) => endOf(b).localeCompare(endOf(a)))
    .map(({ record, targets }): Kept => {
      // What an entity kept through several releases is in place once.
      const more = targets.filter((target) => !told.has(`${record.entityKey} ${targetKey(target)}`));
      for (const target of more) told.add(`${record.entityKey} ${targetKey(target)}`);
      return { record, targets: more };
    });
  return [...faults, ...latest.filter(({ targets }) => targets.length > 0)];
}

function endOf({ record }: Kept): string {
  return record.events.at(-1)?.at ?? '';
}
