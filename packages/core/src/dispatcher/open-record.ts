import { isoTime } from '../clock.ts';
import { LockdownError } from '../failure.ts';
import { leaseMs, takeOver } from '../ledger/lease.ts';
import type { Stored } from '../ledger/ledger.ts';
import type { ContainmentRecord, Hold, Next } from '../ledger/record.ts';
import type { Resolved } from '../registry.ts';
import { StoreConflict } from '../store/object-store.ts';
import { type AnyChange, targetOf } from './targets.ts';
import type { Host } from './work.ts';

export interface Opened {
  readonly stored: Stored<ContainmentRecord>;
  readonly isNew: boolean;
  /** Whether a living owner goes on by itself. */
  readonly busy: boolean;
}

/** Creates the entity's record, or adds the hold to the one that is there. */
export async function openRecord(
  host: Host,
  resolved: Resolved,
  key: string,
  incident: string,
  hold: Hold,
  immediate: readonly AnyChange[],
): Promise<Opened> {
  const { manifest, package: from } = resolved.registered;
  const now = host.clock.now();
  const created: ContainmentRecord = {
    id: host.ledger.newRecordId(key),
    entityKey: key,
    entity: resolved.entity,
    plugin: { id: manifest.id, package: from.name, version: from.version },
    state: 'containing',
    holds: { [incident]: hold },
    handled: [],
    owner: { id: host.owners.me, until: now + leaseMs },
    epoch: 1,
    prev: 0,
    targets: immediate.map((change) => targetOf(change, 0, {}, resolved.plugin)),
    warnings: [],
    failures: [],
    events: [
      {
        at: isoTime(now),
        what: 'opened',
        text: `Opened by ${hold.by} for incident ${incident}${hold.reason === undefined ? '' : `: ${hold.reason}`}`,
      },
    ],
  };
  try {
    return { stored: { value: created, tag: await host.ledger.createOpen(created) }, isNew: true, busy: false };
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error;
  }
  for (;;) {
    const found = await host.ledger.open(key);
    if (found === undefined) return await openRecord(host, resolved, key, incident, hold, immediate);
    const joined = withHold(found.value, incident, hold, isoTime(host.clock.now()));
    const releasing = joined.state === 'releasing' || joined.state === 'release-blocked';
    const owned = takeOver(joined, host.owners, host.clock.now(), releasing);
    const changed = owned === undefined ? joined : reopened(owned);
    if (owned === undefined && changed === found.value) return { stored: found, isNew: false, busy: true };
    try {
      return {
        stored: { value: changed, tag: await host.ledger.replaceOpen(changed, found.tag) },
        isNew: false,
        busy: owned === undefined,
      };
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
}

/** Nothing could be begun on a record that was there: whoever can goes on with it at once. */
export async function giveBack(host: Host, { value, tag }: Stored<ContainmentRecord>): Promise<void> {
  const next: Next = { at: isoTime(host.clock.now()), why: 'the account could not be opened' };
  try {
    await host.ledger.replaceOpen({ ...value, owner: { ...value.owner, until: 0 }, next }, tag);
  } catch (error) {
    // Somebody else has it already.
    if (!(error instanceof StoreConflict)) throw error;
  }
}

/** Nothing could be begun: the record does not stay open. */
export async function withdraw(host: Host, stored: Stored<ContainmentRecord>, reason: unknown): Promise<void> {
  const failure = reason instanceof LockdownError ? reason.failure : undefined;
  const ended: ContainmentRecord = { ...stored.value, state: 'refused', failures: failure === undefined ? [] : [failure] };
  await host.ledger.archive(ended);
  try {
    await host.ledger.deleteOpen(stored.value, stored.tag);
  } catch (error) {
    // Somebody else has joined it meanwhile, and goes on with it.
    if (!(error instanceof StoreConflict)) throw error;
  }
}

function withHold(record: ContainmentRecord, incident: string, hold: Hold, at: string): ContainmentRecord {
  const there = record.holds[incident];
  const isRepeated =
    there !== undefined &&
    JSON.stringify(there.options) === JSON.stringify(hold.options) &&
    hold.messages.every((id) => there.messages.includes(id));
  if (isRepeated) return record;
  const messages = [...new Set([...(there?.messages ?? []), ...hold.messages])];
  const text = `Hold of incident ${incident} by ${hold.by}${hold.reason === undefined ? '' : `: ${hold.reason}`}`;
  return {
    ...record,
    holds: { ...record.holds, [incident]: { ...hold, ...(there && { by: there.by, at: there.at }), messages } },
    events: [...record.events, { at, what: 'hold', text }],
  };
}

/** A record that is to be contained again: an unfinished release ends here, and what it had put back is wanted again. */
function reopened(record: ContainmentRecord): ContainmentRecord {
  const { release: _, next: __, ...rest } = record;
  return { ...rest, state: 'containing', targets: record.targets.map(({ released: ___, ...target }) => target) };
}
