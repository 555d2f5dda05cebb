import type { ContainmentRecord, Next } from '@entity-lockdown/core';

/** Clocks of two machines, and a queue that counts in seconds: a continuation may come that much before its time. */
const earlyMs = 5_000;
/** When the sweep takes a continuation for lost. */
const lostMs = 2 * 60_000;

/** Whether work on it goes on here. A release that a person began is theirs; what turned out not to be containable is taken back here. */
export function isUnderWay({ state, release }: ContainmentRecord): boolean {
  return state === 'containing' || (state === 'releasing' && release?.refusal !== undefined);
}

/** Whether there is something to tell. */
export function isEnded({ state }: ContainmentRecord): boolean {
  return state === 'contained' || state === 'partial' || state === 'refused' || state === 'released';
}

/** Whether somebody should go on with it now. */
export function isDue(record: ContainmentRecord, now: number): boolean {
  const { state, next } = record;
  if (state === 'released') return next !== undefined && Date.parse(next.at) <= now;
  if (!isUnderWay(record) && state !== 'partial') return false;
  return next === undefined || Date.parse(next.at) <= now + earlyMs;
}

/** As long as any wait between two attempts becomes, about. */
const longestWaitMs = 60_000;

/**
 * When to go on with a record. But in a dwell, no sooner than after about an eighth of the time that it has been open: each process counts
 * its own attempts alone, and where AWS throttles the work on many at once, attempts that stay as frequent are throttled for ever.
 */
export function goOnAt({ id, events }: ContainmentRecord, next: Next, now: number): number {
  const at = Date.parse(next.at);
  if (next.until !== undefined) return at;
  const open = now - Date.parse(events[0]?.at ?? '');
  return Math.max(at, now + (open > 0 ? Math.min(open / 8, longestWaitMs) * (0.5 + apart(id)) : 0));
}

/** Between 0 and 1, always the same for a record: many that began together are not gone on with together. */
function apart(id: string): number {
  return Number.parseInt(id.slice(-4), 36) / 36 ** 4;
}

/**
 * Whether nobody came to go on with it. What is partial is tried again less and less often: after a quarter of the time that it has
 * been open.
 */
export function isOverdue(record: ContainmentRecord, now: number): boolean {
  if (!isDue(record, now)) return false;
  const { state, next, owner, events } = record;
  const due = next === undefined ? owner.until : Math.max(Date.parse(next.at), owner.until);
  const open = state === 'partial' ? due - Date.parse(events[0]?.at ?? next?.at ?? '') : 0;
  return now > due + Math.max(lostMs, open / 4);
}
