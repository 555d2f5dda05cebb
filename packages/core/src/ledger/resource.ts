import { type Json, sameJson } from '@entity-lockdown/plugin-api';

/** What the ledger knows of one AWS resource: for each setting ever touched, how it was and who wants what of it. */
export interface Resource {
  readonly arn: string;
  /** Its stable id, where its name could be used again. */
  readonly id?: string;
  /** By target key. */
  readonly entries: { readonly [target: string]: Entry };
}

export interface Entry {
  /** The value it had before anybody of this ledger changed it. Never overwritten while it is held. */
  readonly from: Json;
  /** By record id. */
  readonly wants: { readonly [record: string]: Want };
  readonly phase: 'held' | 'undoing' | 'undone';
  /** When it came into its phase, in milliseconds since the epoch. */
  readonly at: number;
  /** When the last write of whoever undoes it must have ended, in milliseconds since the epoch. */
  readonly until?: number;
  /** Who undid it last: a record id. */
  readonly by?: string;
  /** How it ended for that record, where its original was not put back. */
  readonly ended?: 'late' | 'drift' | 'gone';
  /** The values that were set before it was undone: a late reading may still show one of them. */
  readonly was?: readonly Json[];
  /** Left in place by a release that was asked to: the next containment of that entity takes it over with its original. */
  readonly kept?: { readonly entity: string; readonly value: Json };
}

export interface Want {
  /** The values that the record passes through; the last is the one that it wants. */
  readonly path: readonly Json[];
  readonly epoch: number;
}

/** What was undone is remembered so long: a reading may show the value before. */
export const rememberedMs: number = 10 * 60_000;

/** Who joins or leaves an entry. */
export interface Claim {
  readonly record: string;
  readonly entity: string;
  readonly epoch: number;
  /** The end of the claimant's lease. */
  readonly until: number;
  readonly now: number;
}

export interface Joined {
  readonly entry: Entry;
  /** Verified only by a reading that began later than this, in milliseconds since the epoch. */
  readonly again: number;
  /** Write it even if it reads as wanted: the reading may be of the time before an undo. */
  readonly force: boolean;
  readonly changed: boolean;
}

/** Another process has taken the record over: it must not be worked on here. */
export class Superseded extends Error {
  constructor() {
    super('another process has taken over this record');
    this.name = 'Superseded';
  }
}

/**
 * Joins a want into an entry. Pure.
 *
 * @param seen the value read, or `null` for what we create ourselves
 * @param ours whether the value shows by itself that we set it
 * @throws Superseded where the same record is there with a later epoch
 */
export function join(entry: Entry | undefined, claim: Claim, path: readonly Json[], seen: Json, ours = false): Joined {
  const want = { path, epoch: claim.epoch };
  const fresh = (from: Json): Entry => ({ from, wants: { [claim.record]: want }, phase: 'held', at: claim.now });
  if (entry === undefined) return { entry: fresh(seen), again: 0, force: false, changed: true };
  if (entry.phase === 'undone') {
    const young = claim.now - entry.at < rememberedMs;
    const isOurs = [...path, ...(entry.was ?? [])].some((value) => sameJson(value, seen));
    const from = ours || (young && isOurs) ? entry.from : seen;
    return { entry: fresh(from), again: entry.until ?? 0, force: young, changed: true };
  }
  const mine = entry.wants[claim.record];
  if (mine !== undefined && mine.epoch > claim.epoch) throw new Superseded();
  const { kept, ...rest } = entry;
  const takesKept = kept !== undefined && kept.entity === claim.entity;
  const held: Entry = {
    ...rest,
    ...(kept !== undefined && !takesKept && { kept }),
    phase: 'held',
    wants: { ...entry.wants, [claim.record]: want },
  };
  if (entry.phase === 'undoing')
    // An earlier owner of the same record is accounted for in the record itself.
    return { entry: { ...held, at: claim.now }, again: mine === undefined ? (entry.until ?? 0) : 0, force: true, changed: true };
  const changed = mine === undefined || mine.epoch !== claim.epoch || !sameJson(mine.path, path) || takesKept;
  return { entry: held, again: entry.until ?? 0, force: false, changed };
}

export type Leaving =
  /** Nothing of mine is there any more: how it ended, which an earlier pass of this release may have decided. */
  | { readonly kind: 'ended'; readonly how: 'restored' | 'others' | 'kept' | 'late' | 'drift' | 'gone' }
  /** Others want it: my want is taken out. */
  | { readonly kind: 'others'; readonly entry: Entry }
  /** Only mine: it is being undone; `from` is to be written. `again`: a read-back counts only if it began later. */
  | { readonly kind: 'undo'; readonly entry: Entry; readonly again: number };

/**
 * Begins to leave an entry. Pure.
 *
 * @param marked whether its original is known without an entry: a crash may have come between the write and the join
 */
export function leave(entry: Entry | undefined, claim: Claim, path: readonly Json[], marked: boolean): Leaving {
  const mine = entry?.wants[claim.record];
  if (mine !== undefined && mine.epoch > claim.epoch) throw new Superseded();
  if (entry === undefined || mine === undefined) {
    const othersWant = entry !== undefined && (Object.keys(entry.wants).length > 0 || entry.kept !== undefined);
    const byMe = entry?.phase === 'undone' && entry.by === claim.record;
    if (!marked || othersWant || byMe) return { kind: 'ended', how: endOf(entry, claim) };
    return {
      kind: 'undo',
      again: entry?.until ?? 0,
      entry: {
        from: null,
        wants: { [claim.record]: { path, epoch: claim.epoch } },
        phase: 'undoing',
        at: claim.now,
        until: claim.until,
      },
    };
  }
  const others = without(entry.wants, claim.record);
  if (Object.keys(others).length > 0 || entry.kept !== undefined)
    return { kind: 'others', entry: { ...entry, phase: 'held', wants: others } };
  return {
    kind: 'undo',
    again: entry.phase === 'undoing' ? 0 : (entry.until ?? 0),
    entry: {
      ...entry,
      phase: 'undoing',
      at: claim.now,
      until: claim.until,
      wants: { [claim.record]: { path, epoch: claim.epoch } },
    },
  };
}

/** How an entry that a record has left ended for it. */
function endOf(entry: Entry | undefined, claim: Claim): Extract<Leaving, { readonly kind: 'ended' }>['how'] {
  if (entry?.kept?.entity === claim.entity) return 'kept';
  if (entry !== undefined && Object.keys(entry.wants).length > 0) return 'others';
  return (entry?.by === claim.record ? entry.ended : undefined) ?? 'restored';
}

/** The entry after its original was read back. Pure. */
export function undone(entry: Entry, claim: Claim): Entry {
  return {
    from: entry.from,
    wants: without(entry.wants, claim.record),
    phase: 'undone',
    at: claim.now,
    by: claim.record,
    was: Object.values(entry.wants).flatMap(({ path }) => path),
  };
}

/** The entry that somebody else has joined, without this record's want. Pure. */
export function withoutWant(entry: Entry, claim: Claim): Entry {
  return { ...entry, wants: without(entry.wants, claim.record) };
}

/** The entry of what stays contained although its record ends: the next containment of the entity takes it over, with its original. */
export function kept(entry: Entry, claim: Claim, value: Json): Entry {
  const { until: _, ...rest } = entry;
  return { ...rest, phase: 'held', wants: without(entry.wants, claim.record), kept: { entity: claim.entity, value } };
}

/** The entry of what is left as it is: from now on its present value is its original. */
export function abandoned(entry: Entry, claim: Claim, value: Json, ended: 'late' | 'drift'): Entry {
  const others = without(entry.wants, claim.record);
  if (Object.keys(others).length > 0) return { ...entry, phase: 'held', wants: others };
  return { from: value, wants: {}, phase: 'undone', at: claim.now, by: claim.record, ended };
}

/** All values that somebody of this ledger may have given to a target: another value is somebody else's. */
export function knownValues(entry: Entry): readonly Json[] {
  return [entry.from, ...Object.values(entry.wants).flatMap(({ path }) => path)];
}

function without(wants: Entry['wants'], record: string): Entry['wants'] {
  return Object.fromEntries(Object.entries(wants).filter(([id]) => id !== record));
}
