import { type ContainmentRecord, entityKey, isRecordId, type Ledger, type Registry, resolve, shown } from '@entity-lockdown/core';
import { usageError } from './usage-error.ts';

/** What a person names: a record by its id, or an entity by its ARN. */
export type Named = { readonly record: string } | { readonly entityKey: string; readonly arn: string };

/** Reads what was given, without the ledger. */
export async function namedBy(registry: Registry, given: string): Promise<Named> {
  if (isRecordId(given)) return { record: given };
  if (!given.startsWith('arn:') && /^[0-9a-z]+-[0-9a-z]+$/.test(given))
    throw usageError(`${shown(given)} is neither an ARN nor the id of a record.`, 'lockdown status lists the open records.');
  const { entity, registered } = await resolve(registry, given);
  return { entityKey: entityKey(registered.manifest, entity), arn: entity.arn };
}

/** The record that is named by its id, or the open one of an entity. */
export async function recordOf(ledger: Ledger, named: Named): Promise<ContainmentRecord> {
  if ('record' in named) {
    const found = await ledger.record(named.record);
    if (found !== undefined) return found.value;
    throw usageError(
      `There is no record ${named.record} in ${ledger.location}.`,
      'lockdown status lists the open records; check --ledger.',
    );
  }
  const open = await ledger.open(named.entityKey);
  if (open !== undefined) return open.value;
  throw usageError(
    `${named.arn} has no open record in ${ledger.location}: it is not contained by this ledger.`,
    'lockdown status lists the open records; check --ledger.',
    'not-contained',
  );
}
