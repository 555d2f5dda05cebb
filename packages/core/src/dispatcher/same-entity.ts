import type { Entity } from '@entity-lockdown/plugin-api';
import type { Identity, Stored } from '../ledger/ledger.ts';
import type { ContainmentRecord } from '../ledger/record.ts';
import { StoreConflict } from '../store/object-store.ts';
import type { Host, Work } from './work.ts';

/** An entity as a record names it, and the stable id that a look has shown of it. */
export interface Identified {
  readonly plugin: string;
  readonly entity: Entity;
  readonly entityKey: string;
  readonly entityId: string;
}

/**
 * The open record that contains the same entity under another name: an IAM user keeps its id when it is renamed. Undefined where there
 * is none. Writes nothing.
 */
export async function underAnotherName(ledger: Host['ledger'], is: Identified): Promise<ContainmentRecord | undefined> {
  return canBeRenamed(is) ? await otherRecordOf(ledger, is, (await ledger.identity(is.plugin, is.entityId))?.value) : undefined;
}

/** The same, and where there is none, notes that the entity is contained by this record from now on. */
export async function claimIdentity(work: Work, entityId: string): Promise<ContainmentRecord | undefined> {
  const { ledger } = work.host;
  const { plugin, entity, entityKey, id } = work.lease.record;
  const is: Identified = { plugin: plugin.id, entity, entityKey, entityId };
  if (!canBeRenamed(is)) return undefined;
  const mine: Identity = { plugin: plugin.id, entityId, entityKey, record: id };
  // Most are contained for the first time: that is tried before anything is read.
  let there: Stored<Identity> | undefined;
  for (;;) {
    if (there?.value.record === id) return undefined;
    const other = await otherRecordOf(ledger, is, there?.value);
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

/** Whether an entity could have another name by another day. That the id is in its ARN says nothing: a user can be given its own id for a name. */
function canBeRenamed({ entity, entityId }: Identified): boolean {
  return entityId !== '' && entityId !== entity.arn;
}

async function otherRecordOf(
  ledger: Host['ledger'],
  { entity, entityKey }: Identified,
  noted: Identity | undefined,
): Promise<ContainmentRecord | undefined> {
  if (noted === undefined || noted.entityKey === entityKey) return undefined;
  const record = (await ledger.open(noted.entityKey))?.value;
  // What is renamed stays where it is: a plugin whose ids are not as unique as they should be keeps nobody elsewhere from being contained.
  if (record?.entity.account !== entity.account || record.entity.region !== entity.region) return undefined;
  // A record that has not looked yet may be of another entity that has the old name now: it counts if the note is its own.
  const { entityId, record: by } = noted;
  return (record.entityId === undefined ? record.id === by : record.entityId === entityId) ? record : undefined;
}
