import type { ContainmentRecord } from '../ledger/record.ts';
import { StoreConflict } from '../store/object-store.ts';
import type { Host, Work } from './work.ts';

/** An entity as a record names it, and the stable id that a look has shown of it. */
export interface Identified {
  readonly plugin: string;
  readonly entityKey: string;
  readonly entityId: string;
}

/**
 * The open record that contains the same entity under another name: an IAM user keeps its id when it is renamed. Undefined where there
 * is none. Writes nothing.
 */
export async function underAnotherName(ledger: Host['ledger'], entity: Identified): Promise<ContainmentRecord | undefined> {
  return await openRecordOf(ledger, entity, (await ledger.identity(entity.plugin, entity.entityId))?.value.entityKey);
}

/** The same, and where there is none, notes that the entity is contained under this name from now on. */
export async function claimIdentity(work: Work, entityId: string): Promise<ContainmentRecord | undefined> {
  const { ledger } = work.host;
  const { plugin, entityKey } = work.lease.record;
  const entity = { plugin: plugin.id, entityKey, entityId };
  try {
    await ledger.putIdentity(entity, undefined);
    return undefined;
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error;
  }
  for (;;) {
    const there = await ledger.identity(plugin.id, entityId);
    if (there?.value.entityKey === entityKey) return undefined;
    const other = await openRecordOf(ledger, entity, there?.value.entityKey);
    if (other !== undefined) return other;
    try {
      await ledger.putIdentity(entity, there?.tag);
      return undefined;
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
}

/** Whether an entity could have another name by another day: its ARN does not hold its id. */
export function canBeRenamed(arn: string, entityId: string): boolean {
  return entityId !== '' && !arn.includes(entityId);
}

async function openRecordOf(
  ledger: Host['ledger'],
  { entityKey, entityId }: Identified,
  otherKey: string | undefined,
): Promise<ContainmentRecord | undefined> {
  if (otherKey === undefined || otherKey === entityKey) return undefined;
  const record = (await ledger.open(otherKey))?.value;
  // A record that has noted no id yet is at its first look: the note that led here is its own.
  return record?.entityId === undefined || record.entityId === entityId ? record : undefined;
}
