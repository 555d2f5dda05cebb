import { type ContainmentRecord, entityKey, isRecordId, type Ledger, type Registry, resolve, shown } from '@entity-lockdown/core';
import { usageError } from './usage-error.ts';

/** The record that a person names by its id, or the open one of an entity by its ARN. */
export async function recordFor(ledger: Ledger, registry: Registry, target: string): Promise<ContainmentRecord> {
  if (isRecordId(target)) {
    const found = (await ledger.openById(target)) ?? (await ledger.archived(target));
    if (found !== undefined) return found.value;
    throw usageError(
      `There is no record ${target} in ${ledger.location}.`,
      'lockdown status lists the open records; check --ledger.',
    );
  }
  if (!target.startsWith('arn:') && /^[0-9a-z]+-[0-9a-z]+$/.test(target))
    throw usageError(`${shown(target)} is neither an ARN nor the id of a record.`, 'lockdown status lists the open records.');
  const resolved = await resolve(registry, target);
  const open = await ledger.open(entityKey(resolved.registered.manifest, resolved.entity));
  if (open !== undefined) return open.value;
  throw usageError(
    `${resolved.entity.arn} has no open record in ${ledger.location}: it is not contained by this ledger.`,
    'lockdown status lists the open records; check --ledger.',
  );
}
