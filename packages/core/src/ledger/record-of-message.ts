import type { ObjectStore } from '../store/object-store.ts';
import { type Ledger, recordIdStart } from './ledger.ts';
import type { ContainmentRecord } from './record.ts';

/** Whether a message asked for what a record contains. */
export function isHeldByMessage({ holds }: Pick<ContainmentRecord, 'holds'>, message: string): boolean {
  return Object.values(holds).some(({ messages }) => messages.includes(message));
}

/**
 * The record of an entity that a message made or joined, whether it is open or has ended. Undefined where there is none, or none yet.
 * Writes nothing.
 */
export async function recordOfMessage(
  store: ObjectStore,
  ledger: Ledger,
  entityKey: string,
  message: string,
): Promise<ContainmentRecord | undefined> {
  const isOfMessage = (record: ContainmentRecord): boolean =>
    isHeldByMessage(record, message) || record.handled.includes(message);
  const open = (await ledger.open(entityKey))?.value;
  if (open !== undefined && isOfMessage(open)) return open;
  const folder = 'records/';
  // One that was refused, or released at once, may have ended between two looks.
  for (const key of await store.list(`${folder}${recordIdStart(entityKey)}-`)) {
    const ended = (await ledger.archived(key.slice(folder.length)))?.value;
    if (ended !== undefined && isOfMessage(ended)) return ended;
  }
  return undefined;
}
