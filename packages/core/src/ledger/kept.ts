import { resourceOf } from '@entity-lockdown/plugin-api';
import type { ObjectStore } from '../store/object-store.ts';
import type { Ledger } from './ledger.ts';
import { type ContainmentRecord, type RecordTarget, targetKey } from './record.ts';

/** The ids of the records that have ended, read with `archived`. As many as there ever were: for people who ask, not for the way in. */
export async function archivedIds(store: ObjectStore): Promise<readonly string[]> {
  const folder = 'records/';
  return (await store.list(folder)).map((key) => key.slice(folder.length));
}

/** The changes that a release was asked to keep, and that no containment of the entity has taken over since. Writes nothing. */
export async function keptInPlace(ledger: Ledger, record: ContainmentRecord): Promise<readonly RecordTarget[]> {
  const kept = record.targets.filter(({ released }) => released === 'kept');
  const entries = await Promise.all(
    kept.map(async (target) => (await ledger.resource(resourceOf(target.on)))?.value.entries[targetKey(target)]),
  );
  return kept.filter((_, at) => entries[at]?.kept?.entity === record.entityKey);
}
