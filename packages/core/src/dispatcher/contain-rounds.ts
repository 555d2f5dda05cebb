import { type Observed, resourceOf, type Warning } from '@entity-lockdown/plugin-api';
import { isoTime } from '../clock.ts';
import { type Failure, failureOf } from '../failure.ts';
import { refusalFor } from '../guardrails.ts';
import { type ContainmentRecord, type Next, type RecordTarget, targetKey } from '../ledger/record.ts';
import { Superseded } from '../ledger/resource.ts';
import { listTargets } from './list-targets.ts';
import { makeChanges } from './make-changes.ts';
import {
  contradiction,
  markedByAnother,
  noRoom,
  nothingToDo,
  notReadable,
  notSettling,
  replacedOrGone,
  stillPending,
} from './problems.ts';
import { type Look, propagationMs, standingsOf } from './standing.ts';
import { type AnyStage, mergePlans } from './targets.ts';
import type { Progress } from './types.ts';
import { backOff, comeBack, note, type Work, withEvents } from './work.ts';

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

/** The entity turned out not to exist, or not to be what was meant: what was done in advance must be undone. */
export class NoSuchEntity extends Error {
  constructor(missing: string) {
    super(missing);
    this.name = 'NoSuchEntity';
  }
}

/** A look that was begun beside other work. */
export interface EarlyLook {
  readonly began: number;
  readonly order: number;
  readonly observed: Promise<Observed<unknown>>;
}

/**
 * Makes the entity what its holds want: look, plan, save, write, and look again, until a look shows nothing left to do.
 *
 * @throws NoSuchEntity where there is nothing to contain in the first place
 */
export async function containRounds(work: Work, early?: EarlyLook): Promise<Progress> {
  let begun = early;
  for (let round = 0; round < mostRounds; round++) {
    await work.lease.ensure();
    const { observed: looking, ...when } = begun ?? beginLook(work);
    begun = undefined;
    let observed: Observed<unknown>;
    try {
      observed = await looking;
    } catch (error) {
      return await couldNotLook(work, failureOf(error, work.entity.arn));
    }
    const end = await oneRound(work, observed, { ...when, state: observed.state });
    if (end !== 'again') return end;
  }
  work.memory.unsettled += 1;
  if (work.memory.unsettled < mostUnsettled) return await comeBack(work, backOff(work, 'changes are still being made'));
  return await settle(work, [notSettling(work.lease.record.targets)], work.lease.record.warnings);
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
  if (!observed.exists && record.lookedAt === undefined)
    throw new NoSuchEntity(observed.missing ?? `${work.entity.arn} does not exist.`);
  const gone = replacedOrGone(work, observed);
  // Under the entity's name there is nothing, or somebody else: nothing must be written there.
  if (gone !== undefined) return await settle(work, [gone], record.warnings);

  const plans = Object.values(record.holds).map(
    ({ options }) => work.plugin.plan(look.state, work.entity, options) as readonly AnyStage[],
  );
  const wanted = mergePlans(plans, work.plugin, (key) =>
    record.targets.some((target) => target.unavailable !== undefined && targetKey(target) === key),
  );
  const { allowed, refusals } = guarded(work, wanted.targets);
  const listed = await listTargets(work, observed, allowed, look);
  const made = await makeChanges(work, look, listed.hops);
  if (listed.changed || made.progress) {
    work.memory.attempts = 0;
    return 'again';
  }

  const left = standingsOf(work, look);
  const passing = made.failures.find(({ transient }) => transient);
  const named = new Set(allowed.map(targetKey));
  const absent = left.absent.filter((target) => named.has(targetKey(target)));
  const waits: Next[] = [];
  if (left.dwellUntil !== undefined) waits.push(duringDwell(work, left.dwellUntil, wanted.dwells[0]));
  if (work.memory.attempts < mostAttempts) {
    if (passing !== undefined) waits.push(backOff(work, `trying again: ${passing.message}`));
    else if (made.repeated) waits.push(backOff(work, 'AWS does not show the changes yet'));
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
    ...(made.repeated ? [notSettling(left.open)] : []),
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
  return await settle(work, failures, warnings);
}

/** The end of a dwell, or the next look in it: what an attacker adds or resets meanwhile must not stay open for all of it. */
function duringDwell(work: Work, until: number, why = 'a dwell'): Next {
  return { at: isoTime(Math.min(until, work.host.clock.now() + dwellLookMs)), why: `${why} (until ${isoTime(until)})` };
}

/** Asks the guardrails for every target: what one of them protects is left alone, and said. */
function guarded(
  work: Work,
  targets: readonly RecordTarget[],
): { readonly allowed: readonly RecordTarget[]; readonly refusals: readonly Failure[] } {
  const refusals = new Map<string, Failure>();
  const allowed = targets.filter((target) => {
    const arn = target.arn ?? resourceOf(target.on);
    const refusal = refusalFor({ arn }, work.callers, work.host.guardrails, work.host.clock.now());
    if (refusal !== undefined) refusals.set(arn, refusal);
    return refusal === undefined;
  });
  return { allowed, refusals: [...refusals.values()] };
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
    ...targets.flatMap(({ optional, failure, title }) =>
      optional === undefined || failure === undefined ? [] : [{ text: `${title}: not done. ${optional} (${failure.message})` }],
    ),
  ];
  if (observed.markedBy !== undefined && observed.markedBy !== work.mark)
    all.push(markedByAnother(work.entity, observed.markedBy));
  return [...new Map(all.map((warning) => [warning.text, warning])).values()];
}

/** Commits what was found. "Contained" only where a look showed nothing left to do, and nothing is known to be open. */
async function settle(work: Work, found: readonly Failure[], warnings: readonly Warning[]): Promise<Progress> {
  const gaps = warnings.filter(({ gap }) => gap === true);
  const wantsSomething = work.lease.record.targets.some(
    (target) => target.unavailable === undefined && target.optional === undefined,
  );
  const failures = found.length === 0 && gaps.length === 0 && !wantsSomething ? [nothingToDo(work)] : found;
  const isContained = failures.length === 0 && gaps.length === 0;
  const now = work.host.clock.now();
  work.memory.unsettled = 0;
  work.memory.attempts = 0;
  if (isContained) note(work, 'contained', 'Contained: reading back from AWS shows nothing left to do.');
  else
    note(work, 'partial', `Partial: ${[...failures.map(({ message }) => message), ...gaps.map(({ text }) => text)].join(' ')}`);
  const next: Next = { at: isoTime(now + partialRetryMs), why: 'the containment is partial' };
  await work.lease.giveUp((record): ContainmentRecord => {
    if (Object.keys(record.holds).length === 0) throw new Superseded();
    const { next: _, ...rest } = withEvents(work, record);
    return {
      ...rest,
      warnings,
      failures,
      ...(isContained ? { state: 'contained', containedAt: isoTime(now) } : { state: 'partial', next }),
    };
  });
  return { record: work.lease.record, ...(!isContained && { next }) };
}

/** Without a look nothing can be planned: what could be known from the ARN alone is done, the rest is not. */
async function couldNotLook(work: Work, failure: Failure): Promise<Progress> {
  note(work, 'failed', failure.message);
  if (failure.transient && work.memory.attempts < mostAttempts)
    return await comeBack(work, backOff(work, `trying again: ${failure.message}`));
  const done = work.lease.record.targets.filter((target) => work.memory.written.has(targetKey(target))).map(({ title }) => title);
  return await settle(work, [{ ...failure, done }], work.lease.record.warnings);
}
