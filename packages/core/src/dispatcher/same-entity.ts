import type { Identity, Stored } from '../ledger/ledger.ts';
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
  return await otherRecordOf(ledger, entity.entityKey, (await ledger.identity(entity.plugin, entity.entityId))?.value);
}

/** The same, and where there is none, notes that the entity is contained by this record from now on. */
export async function claimIdentity(work: Work, entityId: string): Promise<ContainmentRecord | undefined> {
  const { ledger } = work.host;
  const { plugin, entityKey, id } = work.lease.record;
  const mine: Identity = { plugin: plugin.id, entityId, entityKey, record: id };
  // Most are contained for the first time: that is tried before anything is read.
  let there: Stored<Identity> | undefined;
  for (;;) {
    if (there?.value.record === id) return undefined;
    const other = await otherRecordOf(ledger, entityKey, there?.value);
    if (other !== undefined) return other;
    try {
      await ledger.putIdentity(mine, there?.tag);
      return undefined;
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
    there = await ledger.identity(plugin.id, entityId);
  }
}

/** Whether an entity could have another name by another day: its ARN does not hold its id. */
export function canBeRenamed(arn: string, entityId: string): boolean {
  return entityId !== '' && !arn.includes(entityId);
}

async function otherRecordOf(
  ledger: Host['ledger'],
  entityKey: string,
  noted: Identity | undefined,
): Promise<ContainmentRecord | undefined> {
  if (noted === undefined || noted.entityKey === entityKey) return undefined;
  const record = (await ledger.open(noted.entityKey))?.value;
  // A record that has not looked yet may be of another entity that has the old name now: it counts if the note is its own.
  const { entityId, record: by } = noted;
  return record !== undefined && (record.entityId === undefined ? record.id === by : record.entityId === entityId)
    ? record
    : undefined;
}
