import { type Json, resourceOf, sameJson } from '@entity-lockdown/plugin-api';
import type { Stored } from '../ledger/ledger.ts';
import { type RecordTarget, targetKey, wantedValue } from '../ledger/record.ts';
import { abandoned, type Entry, join, kept, knownValues, leave, type Resource, undone, withoutWant } from '../ledger/resource.ts';
import { StoreConflict } from '../store/object-store.ts';
import { propagationMs } from './standing.ts';
import { sameValue } from './targets.ts';
import { settingOf, type Work } from './work.ts';

/** Reads of ledger resources that were begun early, by the resource's ARN. */
export type Prefetched = ReadonlyMap<string, Promise<Stored<Resource> | undefined>>;

export function byResource(targets: readonly RecordTarget[]): ReadonlyMap<string, readonly RecordTarget[]> {
  return Map.groupBy(targets, ({ on }) => resourceOf(on));
}

/** Begins to read the ledger's objects of these targets. */
export function prefetch(work: Work, targets: readonly RecordTarget[]): Prefetched {
  return new Map(
    [...byResource(targets).keys()].map((arn) => {
      const read = work.host.ledger.resource(arn);
      // It is awaited later; a rejection before that must not end the process.
      read.catch(() => {});
      return [arn, read];
    }),
  );
}

/** Joins the record's wants into the resources' entries, all at once. The record lists the targets by now. */
export async function joinResources(
  work: Work,
  targets: readonly RecordTarget[],
  state: unknown,
  early: Prefetched,
): Promise<void> {
  await settleAll(
    [...byResource(targets)].map(([arn, those]) =>
      changeResource(work, arn, state, early.get(arn), (entries, keep) => {
        const found: { [key: string]: Entry } = {};
        let changed = false;
        for (const target of those) {
          const key = targetKey(target);
          const seen = seenValue(work, target, state);
          if (seen === undefined) continue;
          const joined = join(entries[key], work.lease.claim(), target.path, seen, isOurs(work, target, seen));
          found[key] = joined.entry;
          changed ||= joined.changed;
          keep(() => {
            work.memory.joined.set(key, work.plugin.identify?.(state, arn));
            work.memory.again = Math.max(work.memory.again, joined.again);
            if (joined.force && !work.memory.forced.has(key)) work.memory.toForce.add(key);
          });
        }
        return changed ? { ...entries, ...found } : undefined;
      }),
    ),
  );
}

/** The value that would become `from`: for what we create ourselves, it is known to be absent. */
function seenValue(work: Work, target: RecordTarget, state: unknown): Json | undefined {
  return target.marked === true ? null : settingOf(work.plugin, target.setting).read(state, target.on);
}

/** What a step of release does with each of its targets. */
export interface Decision {
  readonly target: RecordTarget;
  readonly kind: 'undo' | 'others' | 'kept' | 'late' | 'drift' | 'gone' | 'ended' | 'doubtful';
  /** The value to write, for `undo`. */
  readonly from: Json;
  /** A read-back counts only if it began later. */
  readonly again: number;
}

/** Decides what becomes of each target of a step, and says so in the ledger before anything is written. */
export async function leaveResources(work: Work, targets: readonly RecordTarget[], state: unknown): Promise<readonly Decision[]> {
  const decisions = await settleAll(
    [...byResource(targets)].map(async ([arn, those]) => {
      const made: Decision[] = [];
      await changeResource(work, arn, state, undefined, (entries, _keep, sameResource) => {
        made.length = 0;
        const next: { [key: string]: Entry } = {};
        for (const target of those) {
          const [decision, entry] = decide(
            work,
            target,
            sameResource ? entries[targetKey(target)] : undefined,
            state,
            sameResource,
          );
          made.push(decision);
          if (entry !== undefined) next[targetKey(target)] = entry;
        }
        return Object.keys(next).length === 0 ? undefined : { ...entries, ...next };
      });
      return made;
    }),
  );
  return decisions.flat();
}

/** What becomes of a target, and of its entry where that changes. */
type Decided = readonly [Decision] | readonly [Decision, Entry];

function decide(work: Work, target: RecordTarget, entry: Entry | undefined, state: unknown, sameResource: boolean): Decided {
  const claim = work.lease.claim();
  const setting = settingOf(work.plugin, target.setting);
  const order = work.lease.record.release;
  const value = setting.read(state, target.on);
  const wanted = wantedValue(target);
  const done = (kind: Decision['kind'], next?: Entry): Decided => {
    const decision = { target, kind, from: null, again: 0 };
    return next === undefined ? [decision] : [decision, next];
  };
  if (!sameResource && !isNewcomer(work, target, state)) return done('gone');
  const leaving = leave(entry, claim, target.path, target.marked === true);
  if (leaving.kind === 'ended') return done(leaving.how === 'restored' ? 'ended' : leaving.how);
  if (leaving.kind === 'others') return done('others', leaving.entry);
  if (order?.keep.some(({ setting: name, on }) => name === target.setting && on === target.on))
    return done('kept', kept(leaving.entry, claim, wanted));
  const untouched = value !== undefined && (isOurs(work, target, value) || isKnown(work, target, leaving.entry, value));
  // One look can be late, and show what is gone or changed by nobody: what would be given up is looked at twice.
  if (value === undefined)
    return isDoubtful(work, target, null) ? done('doubtful') : done('gone', { ...undone(leaving.entry, claim), ended: 'gone' });
  if (target.late === true) return done('late', abandoned(leaving.entry, claim, value, 'late'));
  if (!untouched && order?.force !== true)
    return isDoubtful(work, target, value) ? done('doubtful') : done('drift', abandoned(leaving.entry, claim, value, 'drift'));
  return [{ target, kind: 'undo', from: leaving.entry.from, again: leaving.again }, leaving.entry];
}

/** Whether what has the resource's name now is what this record is about: what was made there in advance may not have been joined yet. */
function isNewcomer(work: Work, { marked, on }: RecordTarget, state: unknown): boolean {
  const { entityId } = work.lease.record;
  return marked === true && (entityId === undefined || entityId === work.plugin.identify?.(state, resourceOf(on)));
}

/** Whether a value carries our mark, or is that of something that does. */
function isOurs(work: Work, target: RecordTarget, value: Json): boolean {
  return target.marked === true || settingOf(work.plugin, target.setting).ours?.(value) === true;
}

/** Whether a value is the original, or one that somebody of this ledger set. */
function isKnown(work: Work, target: RecordTarget, entry: Entry, value: Json): boolean {
  const setting = settingOf(work.plugin, target.setting);
  return [...knownValues(entry), ...target.path].some((known) => sameValue(setting, known, value));
}

/** How long a value that nobody of this ledger set must be seen before it is believed. */
export const confirmMs: number = 2 * propagationMs;

/** Whether such a value was not seen long enough yet. The first look notes it. */
function isDoubtful(work: Work, target: RecordTarget, value: Json): boolean {
  const key = targetKey(target);
  const now = work.host.clock.now();
  const doubt = work.memory.doubts.get(key);
  if (doubt !== undefined && sameJson(doubt.value, value)) return now - doubt.since < confirmMs;
  work.memory.doubts.set(key, { value, since: now });
  return true;
}

/**
 * Notes that originals were read back. Answers the targets that somebody joined meanwhile, with the value they want: our write of the
 * original may have come after theirs, and is to be repaired.
 */
export async function finishUndo(
  work: Work,
  targets: readonly RecordTarget[],
  state: unknown,
): Promise<readonly { readonly target: RecordTarget; readonly value: Json }[]> {
  const repairs: { readonly target: RecordTarget; readonly value: Json }[] = [];
  await settleAll(
    [...byResource(targets)].map(([arn, those]) =>
      changeResource(work, arn, state, undefined, (entries, keep) => {
        const next: { [key: string]: Entry } = {};
        for (const target of those) {
          const key = targetKey(target);
          const entry = entries[key];
          if (entry === undefined) continue;
          const claim = work.lease.claim();
          if (entry.wants[claim.record]?.epoch !== claim.epoch) continue;
          if (entry.phase === 'undoing') next[key] = undone(entry, claim);
          if (entry.phase !== 'held') continue;
          next[key] = withoutWant(entry, claim);
          const [want] = Object.values(next[key].wants);
          if (want !== undefined) keep(() => repairs.push({ target, value: want.path.at(-1) ?? null }));
        }
        return Object.keys(next).length === 0 ? undefined : { ...entries, ...next };
      }),
    ),
  );
  return repairs;
}

/**
 * Reads a resource, changes its entries and writes it, until nobody else wrote in between. `keep` registers what is to happen once the
 * change has been stored.
 */
async function changeResource(
  work: Work,
  arn: string,
  state: unknown,
  early: Promise<Stored<Resource> | undefined> | undefined,
  change: (
    entries: Resource['entries'],
    keep: (after: () => void) => void,
    sameResource: boolean,
  ) => Resource['entries'] | undefined,
): Promise<void> {
  let reading = early;
  for (;;) {
    const stored = await (reading ?? work.host.ledger.resource(arn));
    reading = undefined;
    const id = work.plugin.identify?.(state, arn);
    // A resource that was deleted and made again under its name is another one: what is known of the one before does not apply.
    const sameResource = stored?.value.id === undefined || id === undefined || stored.value.id === id;
    const after: (() => void)[] = [];
    const entries = change(sameResource ? (stored?.value.entries ?? {}) : {}, (then) => after.push(then), sameResource);
    if (entries !== undefined) {
      const known = id ?? (sameResource ? stored?.value.id : undefined);
      try {
        await work.host.ledger.putResource({ arn, ...(known !== undefined && { id: known }), entries }, stored?.tag, {
          notAfter: work.lease.record.owner.until,
        });
      } catch (error) {
        if (error instanceof StoreConflict) continue;
        throw error;
      }
    }
    for (const then of after) then();
    return;
  }
}

/** Waits for all, whether or not one fails, then throws the first failure: nothing is left running behind the caller's back. */
export async function settleAll<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(promises);
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
