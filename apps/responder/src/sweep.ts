import { type Clock, type ContainmentRecord, failureOf, type Ledger, StoreFault } from '@entity-lockdown/core';
import type { Notices } from './audit/notices.ts';
import type { Containing } from './containing.ts';
import type { Continuations } from './continuations.ts';
import { isOverdue } from './due.ts';
import { failureFields, type Log } from './log.ts';
import type { Meter } from './meter.ts';
import type { Watched } from './watched.ts';

export interface SweepParts {
  readonly ledger: Ledger;
  readonly watched: Watched;
  readonly continuations: Continuations;
  readonly containing: Pick<Containing, 'goOn'>;
  readonly notices: Notices;
  readonly tellOfDeadLetters: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** Records that are handled side by side. */
const atOnce = 20;

/**
 * Finds what everybody else has lost: mails that could not be sent, records that nobody came back to, releases that nobody told of, dead
 * letters. Each is done whatever becomes of the others.
 */
export async function sweep(parts: SweepParts): Promise<void> {
  const { notices, log, meter } = parts;
  const steps = [
    { what: 'mails that were kept', run: () => notices.retry() },
    { what: 'records', run: () => sweepRecords(parts) },
    { what: 'dead letters', run: parts.tellOfDeadLetters },
  ];
  for (const { what, run } of steps) {
    try {
      await run();
    } catch (error) {
      meter.count('SweepFailed');
      log.error(`the sweep could not look at ${what}`, failureFields(failureOf(error)));
    }
  }
}

async function sweepRecords(parts: SweepParts): Promise<void> {
  const { ledger, watched, clock, log, meter } = parts;
  // In this order: what ends between the two is found as ended.
  const watchedIds = await watched.all();
  const found = await ledger.allOpenOrFaults();
  const faults = found.filter((each) => each instanceof StoreFault);
  if (faults.length > 0) meter.count('LedgerFaults', faults.length);
  for (const fault of faults) log.error('a record cannot be read', failureFields(failureOf(fault)));
  const open = found.filter((each): each is ContainmentRecord => !(each instanceof StoreFault));
  const known = new Set(watchedIds);
  const unwatched = open.filter(({ id }) => !known.has(id));
  const overdue = open.filter((record) => isOverdue(record, clock.now()));
  if (overdue.length > 0) meter.count('Overdue', overdue.length);
  // A record that cannot be read may be one that is watched: it has not ended.
  const openIds = new Set(open.map(({ id }) => id));
  const ended = watchedIds.filter((id) => !openIds.has(id));
  await inTurn(unwatched, parts, ({ id }) => watched.add(id));
  await inTurn(overdue, parts, (record) => nudge(parts, record));
  await inTurn(ended, parts, (id) => closeFile(parts, id));
}

/** Has somebody go on with a record: the queue brings it to whoever is free. */
async function nudge({ watched, continuations }: SweepParts, record: ContainmentRecord): Promise<void> {
  // Not its epoch and not its owner: an attempt that fails changes both.
  const standstill = `${record.state} ${record.next?.at} ${record.lookedAt}`;
  if (await watched.mayNudge(record.id, standstill))
    await continuations.send({ version: 1, kind: 'record', record: record.id }, 0);
}

/** A record that has ended: tells of it, has its last look made, and forgets it when that is done. */
async function closeFile(parts: SweepParts, id: string): Promise<void> {
  const { ledger, watched, containing, clock } = parts;
  const record = (await ledger.archived(id))?.value;
  // Not to be read, or gone by hand: it stays watched.
  if (record === undefined) return;
  const look = record.state === 'released' ? record.next : undefined;
  const isLater = look !== undefined && Date.parse(look.at) > clock.now();
  // A last look that fails is tried again, less and less often.
  if (look !== undefined && !isLater && !(await watched.mayNudge(id, `last look ${look.at}`))) return;
  // It tells the end, and makes the last look where that is due.
  if ((await containing.goOn(id, true)) === 'done' && !isLater) await watched.remove(id);
}

async function inTurn<T>(items: readonly T[], { log, meter }: SweepParts, each: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += atOnce) {
    const settled = await Promise.allSettled(items.slice(from, from + atOnce).map(each));
    for (const one of settled) {
      if (one.status === 'fulfilled') continue;
      meter.count('SweepFailed');
      log.error('the sweep could not look after a record', failureFields(failureOf(one.reason)));
    }
  }
}
