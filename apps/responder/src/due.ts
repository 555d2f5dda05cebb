import type { ContainmentRecord } from '@entity-lockdown/core';

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
