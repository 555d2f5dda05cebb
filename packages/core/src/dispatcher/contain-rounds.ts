import { type Json, type Observed, resourceOf, sameJson, type Warning } from '@entity-lockdown/plugin-api';
import { isoTime } from '../clock.ts';
import { type Failure, failureOf } from '../failure.ts';
import { refusalFor } from '../guardrails.ts';
import { type ContainmentRecord, type Next, type RecordTarget, targetKey } from '../ledger/record.ts';
import { Superseded } from '../ledger/resource.ts';
import { isOwn, listTargets } from './list-targets.ts';
import { makeChanges } from './make-changes.ts';
import { BeingReleased, NotToBeContained } from './not-to-be-contained.ts';
import {
  contradiction,
  markedByAnother,
  noRoom,
  noSuchEntity,
  nothingToDo,
  notReadable,
  notSettling,
  releasedUnderAnotherName,
  replacedOrGone,
  stillPending,
  wasCutShort,
} from './problems.ts';
import { type Look, propagationMs, standingsOf } from './standing.ts';
import { type AnyStage, mergePlans } from './targets.ts';
import type { Progress } from './types.ts';
import { backOff, comeBack, giveUp, note, otherMark, type Work } from './work.ts';

/** Rounds in one call. The dispatcher runs as far as it can; where AWS keeps changing, it lets others have a turn. */
const mostRounds = 8;
/** Calls in a row in which every round changes something, before "containing" becomes "partial". */
const mostUnsettled = 10;
/** Attempts without progress before "containing" becomes "partial". */
const mostAttempts = 6;
/** Looks at something that AWS is still at before it is called partial: with the back-off, some five minutes. */
const mostPendingAttempts = 40;
/** The longest time without a look while something rests in a hop. */
const dwellLookMs = 15_000;
/** When a partial containment is tried again. */
const partialRetryMs = 60_000;

/** A look that was begun beside other work. */
export interface EarlyLook {
  readonly began: number;
  readonly order: number;
  readonly observed: Promise<Observed<unknown>>;
}

/**
 * Makes the entity what its holds want: look, plan, save, write, and look again, until a look shows nothing left to do.
 *
 * @throws NotToBeContained where the first look shows that there is no such entity, that it is protected, or that another record
 *   contains it under another name
 */
export async function containRounds(work: Work, early?: EarlyLook): Promise<Progress> {
  let begun = early;
  for (let round = 0; round < mostRounds; round++) {
    await work.lease.ensure();
    const { observed: looking, ...when } = begun ?? beginLook(work);
    begun = undefined;
    const end = await looking.then(
      (observed) =>
        oneRound(work, observed, { ...when, state: observed.state, now: work.host.clock.now() }).catch((error: unknown) => {
          if (!(error instanceof BeingReleased)) throw error;
          return waitOrSettle(work, releasedUnderAnotherName(work.entity, error.other));
        }),
      (error: unknown) => couldNotLook(work, failureOf(error, work.entity.arn)),
    );
    if (end !== 'again') return end;
  }
  work.memory.unsettled += 1;
  const { targets, warnings, holds } = work.lease.record;
  const end = work.memory.unsettled < mostUnsettled ? 'again' : await settle(work, [notSettling(targets)], warnings, holds);
  return end === 'again' ? await comeBack(work, backOff(work, 'changes are still being made')) : end;
}

export function beginLook(work: Work): EarlyLook {
  const { entityId, targets } = work.lease.record;
  return {
    began: work.host.clock.now(),
    order: ++work.memory.order,
    observed: work.plugin.inspect(work.reading, work.entity, { ...(entityId !== undefined && { id: entityId }), targets }),
  };
}

async function oneRound(work: Work, observed: Observed<unknown>, look: Look): Promise<Progress | 'again'> {
  const { record } = work.lease;
  if (!observed.exists && record.lookedAt === undefined) throw new NotToBeContained(noSuchEntity(work.entity, observed.missing));
  const gone = replacedOrGone(work, observed);
  // Under the entity's name there is nothing, or somebody else: nothing must be written there.
  if (gone !== undefined) return await settle(work, [gone], record.warnings, record.holds);

  const { holds } = record;
  const plans = Object.values(holds).map(
    ({ options }) => work.plugin.plan(look.state, work.entity, options) as readonly AnyStage[],
  );
  const wanted = mergePlans(plans, work.plugin, (key) =>
    record.targets.some((target) => target.unavailable !== undefined && targetKey(target) === key),
  );
  const { allowed, refusals, own } = guarded(work, wanted.targets);
  // The ARN that was given may lack its path, or have an old one: only now is it known what it names.
  if (own !== undefined && record.lookedAt === undefined) throw new NotToBeContained(own);
  const listed = await listTargets(work, observed, allowed, look);
  const made = await makeChanges(work, look, listed.hops);
  if (listed.changed || made.progress) {
    work.memory.attempts = 0;
    return 'again';
  }

  const left = standingsOf(work, look);
  const open = left.open.filter(({ optional }) => optional === undefined);
  // What was just written again is not open by this look: the next one will tell.
  const unsettled = new Map([...open, ...made.repeated].map((target) => [targetKey(target), target])).values();
  const passing = made.failures.find(({ transient }) => transient);
  const named = new Set(allowed.map(targetKey));
  const absent = left.absent.filter((target) => named.has(targetKey(target)));
  const waits: Next[] = [];
  if (left.dwellUntil !== undefined) waits.push(duringDwell(work, left.dwellUntil, wanted.dwells[0]));
  if (work.memory.attempts < mostAttempts) {
    if (passing !== undefined) waits.push(backOff(work, `trying again: ${passing.message}`));
    else if (made.repeated.length > 0) waits.push(backOff(work, 'AWS does not show the changes yet'));
    else if (absent.length > 0) waits.push(backOff(work, 'AWS does not show all that is to be changed yet'));
  }
  const [pending] = left.pending;
  if (pending !== undefined && work.memory.attempts < mostPendingAttempts)
    waits.push(backOff(work, `${pending.target.title}: ${pending.why}`));
  const first = waits.toSorted((a, b) => a.at.localeCompare(b.at))[0];
  if (first !== undefined) return await comeBack(work, first);

  const failures: Failure[] = [
    ...refusals,
    ...wanted.exhausted.map(({ title, on }) => noRoom(title, on)),
    ...wanted.contradictions.map(contradiction),
    ...made.failures,
    // Nothing that is open is ever passed over, whatever the reason.
    ...(made.repeated.length > 0 || (open.length > 0 && made.failures.length === 0) ? [notSettling([...unsettled])] : []),
    ...left.pending.map(({ target, why }) => stillPending(target, why)),
    ...absent.map(notReadable),
  ];
  const warnings = warningsOf(work, observed);
  const barrier = Math.max(work.memory.again, work.lease.record.prev, work.lease.unansweredUntil());
  if (failures.length === 0 && barrier > 0 && look.began <= barrier + propagationMs) {
    return await comeBack(work, {
      at: isoTime(barrier + propagationMs + 1),
      why: 'a call of an earlier attempt may still take effect',
    });
  }
  return await settle(work, failures, warnings, holds);
}

/** The end of a dwell, or the next look in it: what an attacker adds or resets meanwhile must not stay open for all of it. */
function duringDwell(work: Work, until: number, why = 'a dwell'): Next {
  return {
    at: isoTime(Math.min(until, work.host.clock.now() + dwellLookMs)),
    why: `${why} (until ${isoTime(until)})`,
    until: isoTime(until),
  };
}

interface Guarded {
  readonly allowed: readonly RecordTarget[];
  readonly refusals: readonly Failure[];
  /** Why the entity itself is protected, where it is. */
  readonly own?: Failure;
}

/** Asks the guardrails for every target: what one of them protects is left alone, and said. */
function guarded(work: Work, targets: readonly RecordTarget[]): Guarded {
  const refusals = new Map<string, Failure>();
  let own: Failure | undefined;
  const allowed = targets.filter((target) => {
    const arn = target.arn ?? resourceOf(target.on);
    const refusal = refusalFor({ arn }, work.callers, work.host.guardrails, work.host.clock.now());
    if (refusal !== undefined) refusals.set(arn, refusal);
    if (refusal !== undefined && isOwn(work, target.on)) own = refusal;
    return refusal === undefined;
  });
  return { allowed, refusals: [...refusals.values()], ...(own !== undefined && { own }) };
}

/** What containment does not stop: the plugin's word, and what could not be done that cuts nothing off. */
function warningsOf(work: Work, observed: Observed<unknown>): readonly Warning[] {
  const { holds, targets } = work.lease.record;
  const all: Warning[] = [
    ...(work.entity.note === undefined ? [] : [{ text: work.entity.note }]),
    ...Object.values(holds).flatMap(({ options }) => work.plugin.warnings(observed.state, work.entity, options)),
    ...targets.flatMap(({ unavailable, title }) =>
      unavailable === undefined
        ? []
        : [{ text: `${title}: AWS had no room for it (${unavailable}). What stands in its place is verified.` }],
    ),
    ...targets.flatMap((target) => (target.cutShort === true ? [wasCutShort(target)] : [])),
    ...targets.flatMap(({ optional, failure, title }) =>
      optional === undefined || failure === undefined ? [] : [{ text: `${title}: not done. ${optional} (${failure.message})` }],
    ),
  ];
  const another = otherMark(work, observed);
  if (another !== undefined) all.push(markedByAnother(work.entity, another));
  return [...new Map(all.map((warning) => [warning.text, warning])).values()];
}

/** A hold came, or changed, after the plans were made: they say nothing of it. */
class HoldsChanged extends Error {}

/**
 * Commits what was found. "Contained" only where a look showed nothing left to do, nothing is known to be open, and every hold that the
 * record has by then was planned for.
 */
async function settle(
  work: Work,
  found: readonly Failure[],
  warnings: readonly Warning[],
  planned: ContainmentRecord['holds'],
): Promise<Progress | 'again'> {
  const gaps = warnings.filter(({ gap }) => gap === true);
  const wantsSomething = work.lease.record.targets.some(
    ({ unavailable, optional }) => unavailable === undefined && optional === undefined,
  );
  const failures = found.length === 0 && gaps.length === 0 && !wantsSomething ? [nothingToDo(work)] : found;
  const isContained = failures.length === 0 && gaps.length === 0;
  const now = work.host.clock.now();
  const next: Next = { at: isoTime(now + partialRetryMs), why: 'the containment is partial' };
  const what = isContained ? 'contained' : 'partial';
  const text = isContained
    ? 'Contained: reading back from AWS shows nothing left to do.'
    : `Partial: ${[...failures.map(({ message }) => message), ...gaps.map((gap) => gap.text)].join(' ')}`;
  try {
    await giveUp(work, { what, text }, (record): ContainmentRecord => {
      if (Object.keys(record.holds).length === 0) throw new Superseded();
      if (!sameJson(record.holds as unknown as Json, planned as unknown as Json)) throw new HoldsChanged();
      const { next: _, ...rest } = record;
      return {
        ...rest,
        warnings,
        failures,
        ...(isContained ? { state: 'contained', containedAt: isoTime(now) } : { state: 'partial', next }),
      };
    });
  } catch (error) {
    if (error instanceof HoldsChanged) return 'again';
    throw error;
  }
  work.memory.attempts = 0;
  work.memory.unsettled = 0;
  return { record: work.lease.record, ...(!isContained && { next }) };
}

/** Without a look nothing can be planned: what could be known from the ARN alone is done, the rest is not. */
async function couldNotLook(work: Work, failure: Failure): Promise<Progress | 'again'> {
  note(work, 'failed', failure.message);
  return await waitOrSettle(work, failure);
}

async function waitOrSettle(work: Work, failure: Failure): Promise<Progress | 'again'> {
  if (failure.transient && work.memory.attempts < mostAttempts)
    return await comeBack(work, backOff(work, `trying again: ${failure.message}`));
  const done = work.lease.record.targets.filter((target) => work.memory.written.has(targetKey(target))).map(({ title }) => title);
  return await settle(work, [{ ...failure, done }], work.lease.record.warnings, work.lease.record.holds);
}
