import { isoTime } from '../clock.ts';
import { LockdownError } from '../failure.ts';
import { leaseMs, takeOver } from '../ledger/lease.ts';
import type { Stored } from '../ledger/ledger.ts';
import { type ContainmentRecord, type Hold, isReleasing } from '../ledger/record.ts';
import type { Resolved } from '../registry.ts';
import { StoreConflict } from '../store/object-store.ts';
import { handledBefore } from './problems.ts';
import { type AnyChange, targetOf } from './targets.ts';
import type { Host } from './work.ts';

export interface Opened {
  readonly stored: Stored<ContainmentRecord>;
  readonly isNew: boolean;
  /** Whether a living owner goes on by itself. */
  readonly busy: boolean;
  /** Set where the hold of the message that asks was dropped by a person: it is as good as released. */
  readonly isHandled?: true;
}

/** A containment that is asked for. */
export interface Asked {
  readonly resolved: Resolved;
  readonly key: string;
  readonly incident: string;
  readonly hold: Hold;
  readonly immediate: readonly AnyChange[];
}

/** Creates the entity's record, owned by this process and listing the targets of the immediate changes; undefined where it has one. */
export async function createRecord(host: Host, asked: Asked): Promise<Stored<ContainmentRecord> | undefined> {
  const { resolved, key, incident, hold, immediate } = asked;
  const { manifest, package: from } = resolved.registered;
  const now = host.clock.now();
  const text = `Opened by ${hold.by} for incident ${incident}${hold.reason === undefined ? '' : `: ${hold.reason}`}`;
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
    events: [{ at: isoTime(now), what: 'opened', text }],
  };
  try {
    return { value: created, tag: await host.ledger.createOpen(created) };
  } catch (error) {
    if (error instanceof StoreConflict) return undefined;
    throw error;
  }
}

/** Adds the hold to the entity's record, and takes it over where no living owner goes on by itself. */
export async function joinRecord(host: Host, asked: Asked): Promise<Opened> {
  for (;;) {
    const found = await host.ledger.open(asked.key);
    if (found === undefined) {
      const created = await createRecord(host, asked);
      if (created !== undefined) return { stored: created, isNew: true, busy: false };
      continue;
    }
    if (asked.hold.messages.some((message) => found.value.handled.includes(message)))
      return { stored: found, isNew: false, busy: false, isHandled: true };
    const joined = withHold(found.value, asked.incident, asked.hold, isoTime(host.clock.now()));
    const owned = takeOver(joined, host.owners, host.clock.now(), { evenFromTheLiving: isReleasing(joined.state) });
    const changed = owned === undefined ? joined : reopened(owned);
    if (owned === undefined && changed === found.value) return { stored: found, isNew: false, busy: true };
    try {
      const tag = await host.ledger.replaceOpen(changed, found.tag);
      return { stored: { value: changed, tag }, isNew: false, busy: owned === undefined };
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
}

/** Nothing could be begun: the record does not stay open. */
export async function withdraw(host: Host, stored: Stored<ContainmentRecord>, reason: unknown): Promise<void> {
  await end(host, stored, { failures: reason instanceof LockdownError ? [reason.failure] : [] });
}

/**
 * Takes back a record whose messages were all handled before: false where somebody else has joined it meanwhile. What stays of it among the
 * ended ones says so, to whoever has heard of it.
 */
export async function setAside(host: Host, stored: Stored<ContainmentRecord>, handledBy: string): Promise<boolean> {
  return await end(host, stored, { holds: {}, failures: [handledBefore(stored.value, handledBy)] });
}

/** Ends an open record for which nothing was written yet. False where somebody else has joined it meanwhile, and goes on with it. */
async function end(
  host: Host,
  { value, tag }: Stored<ContainmentRecord>,
  as: Pick<ContainmentRecord, 'failures'> & Partial<Pick<ContainmentRecord, 'holds'>>,
): Promise<boolean> {
  await host.ledger.archive({ ...value, state: 'refused', ...as });
  try {
    await host.ledger.deleteOpen(value, tag);
    return true;
  } catch (error) {
    if (error instanceof StoreConflict) return false;
    throw error;
  }
}

function withHold(record: ContainmentRecord, incident: string, hold: Hold, at: string): ContainmentRecord {
  const there = Object.hasOwn(record.holds, incident) ? record.holds[incident] : undefined;
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

/**
 * A record that is to be contained again: an unfinished release ends here, and what it had put back is wanted again, by the whole way
 * with its hops and waits. Where it was not contained, what AWS had no room for is tried anew, since room may have been made.
 */
function reopened(record: ContainmentRecord): ContainmentRecord {
  const { release: _, next: __, ...rest } = record;
  const targets = record.targets.map(({ released: ___, unavailable, hopAt, cutShort, ...target }) => ({
    ...target,
    ...(unavailable !== undefined && record.state === 'contained' && { unavailable }),
    ...(!isReleasing(record.state) && { ...(hopAt !== undefined && { hopAt }), ...(cutShort !== undefined && { cutShort }) }),
  }));
  return { ...rest, state: 'containing', targets };
}
