import { type Json, sameJson } from '@entity-lockdown/plugin-api';
import { type RecordTarget, targetKey } from '../ledger/record.ts';
import { type Standing, standingOf } from './targets.ts';
import { settingOf, type Work } from './work.ts';

/** How long a reading of AWS may lag behind a write that it should show. */
export const propagationMs = 5_000;

/** What was seen of AWS, and when the look began. */
export interface Look {
  readonly began: number;
  /** Its place among the looks and writes of this process. */
  readonly order: number;
  readonly state: unknown;
  /** The time that counts for dwells: one for all that is decided from this look. */
  readonly now: number;
}

/** Where a target stands, as far as this look can tell. */
export function standing(work: Work, target: RecordTarget, look: Look): Standing {
  if (target.unavailable !== undefined) return { kind: 'done' };
  const at = look.now;
  const written = work.memory.written.get(targetKey(target));
  const found = standingOf(target, settingOf(work.plugin, target.setting), look.state, {
    at,
    hurry: work.hurry,
    fresh: written !== undefined && at - written.at < propagationMs && sameJson(written.value, target.path[0]),
  });
  // What was written after the look began cannot be judged by it: the next look will show it.
  return found.kind === 'last' && written !== undefined && written.order > look.order && sameJson(written.value, found.value)
    ? { kind: 'done' }
    : found;
}

/** Whether a value was written and acknowledged before the look began, and the look does not show it. */
export function isRepeated(work: Work, target: RecordTarget, value: Json, look: Look): boolean {
  const written = work.memory.written.get(targetKey(target));
  return written !== undefined && written.order < look.order && sameJson(written.value, value);
}

/** Where the targets of a record stand together. */
export interface Standings {
  readonly open: readonly RecordTarget[];
  readonly absent: readonly RecordTarget[];
  readonly pending: readonly { readonly target: RecordTarget; readonly why: string }[];
  /** The end of the first dwell, in milliseconds since the epoch. */
  readonly dwellUntil?: number;
}

export function standingsOf(work: Work, look: Look): Standings {
  const found = work.lease.record.targets.map((target) => ({ target, at: standing(work, target, look) }));
  const dwells = found.flatMap(({ at }) => (at.kind === 'dwell' ? [at.until] : []));
  return {
    open: found.filter(({ at }) => at.kind === 'hop' || at.kind === 'last').map(({ target }) => target),
    absent: found.filter(({ at }) => at.kind === 'absent').map(({ target }) => target),
    pending: found.flatMap(({ target, at }) => (at.kind === 'pending' ? [{ target, why: at.why }] : [])),
    ...(dwells.length > 0 && { dwellUntil: Math.min(...dwells) }),
  };
}

/** The last value of a target must be written even if it reads so: the reading may be of the time before an undo. */
export function isToForce(work: Work, target: RecordTarget): boolean {
  return work.memory.toForce.has(targetKey(target)) && target.unavailable === undefined;
}
