import { type Observed, sameJson } from '@entity-lockdown/plugin-api';
import { isoTime } from '../clock.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { Past } from '../ledger/ledger.ts';
import {
  type ContainmentRecord,
  isReleasing,
  type Next,
  type RecordTarget,
  type ReleaseOutcome,
  targetKey,
} from '../ledger/record.ts';
import { rememberedMs } from '../ledger/resource.ts';
import { StoreConflict } from '../store/object-store.ts';
import { beginLook } from './contain-rounds.ts';
import { releasedUnderAnotherName, releaseOfMarked, stillPending } from './problems.ts';
import { confirmMs, type Decision, finishUndo, leaveResources } from './resources.ts';
import { claimIdentity } from './same-entity.ts';
import { type Look, propagationMs } from './standing.ts';
import { type ReleaseStep, releaseSteps, sameValue } from './targets.ts';
import type { Progress } from './types.ts';
import { backOff, close, comeBack, giveUp, note, otherMark, save, settingOf, type Work } from './work.ts';
import { writeAll } from './write.ts';

/** Attempts to put an original back before the release is called blocked. */
const mostAttempts = 8;
/** An original that AWS does not show is written again after this time. */
const rewriteMs = 2 * propagationMs;
/** Looks at what AWS is still at before the release is called blocked: with the back-off, some five minutes. */
const mostBusyAttempts = 40;
/** When a blocked release is tried again. */
const blockedRetryMs = 60_000;

/** Puts back how it was, step by step in the plugin's order; archives the record when a look has shown it. */
export async function releaseRounds(work: Work): Promise<Progress> {
  const { prev } = work.lease.record;
  // What an earlier owner began may still land: an original written before that would be overwritten.
  if (work.host.clock.now() <= prev)
    return await comeBack(work, { at: isoTime(prev + 1), why: 'a call of an earlier attempt may still take effect' });
  let observed: Observed<unknown>;
  let look: Look;
  try {
    ({ look, observed } = await lookAgain(work));
  } catch (error) {
    return await couldNotLook(work, error);
  }
  const other = await leaveToAnother(work, observed.id);
  if (other !== undefined) {
    const failure = releasedUnderAnotherName(work.entity, other);
    if (work.memory.attempts >= mostAttempts) return await blocked(work, failure);
    return await comeBack(work, backOff(work, `waiting: ${failure.message}`));
  }
  const asked = toAsk(work, observed);
  if (asked !== undefined) return await blocked(work, asked);
  const steps = releaseSteps(work.plugin.release, work.lease.record.targets);
  let wrote = work.lease.record.targets.some(({ released }) => released === 'restored');
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'wait') {
      const wait = wrote ? await waitFor(work, index, step, steps) : undefined;
      if (wait !== undefined) return wait;
      continue;
    }
    const left = step.targets.flatMap((target) => openTarget(work.lease.record, target));
    if (left.length === 0) continue;
    const ended = await undoStep(work, left, look);
    if ('progress' in ended) return ended.progress;
    look = ended.look;
    wrote ||= ended.wrote;
  }
  return await end(work);
}

function openTarget(record: ContainmentRecord, target: RecordTarget): readonly RecordTarget[] {
  const current = record.targets.find((other) => targetKey(other) === targetKey(target));
  return current === undefined || current.released !== undefined ? [] : [current];
}

async function lookAgain(work: Work): Promise<{ readonly look: Look; readonly observed: Observed<unknown> }> {
  await work.lease.ensure();
  const { observed: looking, ...when } = beginLook(work);
  const observed = await looking;
  return { look: { ...when, state: observed.state, now: work.host.clock.now() }, observed };
}

/**
 * A record that was never contained may name an entity that another record contains under another name: nothing of it is taken back.
 * Answers that record where it is being released itself: what it leaves must be known before.
 */
async function leaveToAnother(work: Work, entityId: string): Promise<ContainmentRecord | undefined> {
  const { record } = work.lease;
  if (record.containedAt !== undefined || record.targets.length === 0) return undefined;
  // Noted, not only asked: who contains it under another name from now on waits until this has ended.
  const other = await claimIdentity(work, entityId);
  if (other === undefined || isReleasing(other.state)) return other;
  await save(work, (current) => ({ ...current, targets: [] }));
  return undefined;
}

/** Why a person must decide whether originals are put back, where another ledger contains the entity too. What is ours alone is not asked for. */
function toAsk(work: Work, observed: Observed<unknown>): Failure | undefined {
  const { record } = work.lease;
  const { release } = record;
  const mark = otherMark(work, observed);
  if (mark === undefined || release?.force === true || release?.refusal !== undefined) return undefined;
  const kept = new Set((release?.keep ?? []).map(targetKey));
  const shared = record.targets.filter(
    (target) =>
      target.marked !== true && target.unavailable === undefined && target.released === undefined && !kept.has(targetKey(target)),
  );
  return shared.length === 0
    ? undefined
    : releaseOfMarked(
        record,
        mark,
        shared.map(({ title }) => title),
      );
}

type StepEnd = { readonly progress: Progress } | { readonly look: Look; readonly wrote: boolean };

/** Undoes one step: says so in the ledger, writes, reads back, and says so again. */
async function undoStep(work: Work, targets: readonly RecordTarget[], before: Look): Promise<StepEnd> {
  const busy = targets.filter(({ setting, on }) => settingOf(work.plugin, setting).pending?.(before.state, on) !== undefined);
  if (busy.length > 0) return { progress: await stillBusy(work, busy, before) };
  await work.lease.ensure();
  let decisions = await leaveResources(work, targets, before.state);
  const doubtful = decisions.filter(({ kind }) => kind === 'doubtful');
  if (doubtful.length > 0) {
    const why = `looking again at what somebody changed or deleted: ${doubtful.map(({ target }) => target.title).join(', ')}`;
    return { progress: await comeBack(work, { at: isoTime(work.host.clock.now() + confirmMs), why }) };
  }
  const undoing = decisions.filter(({ kind }) => kind === 'undo');
  let look = before;
  if (undoing.length > 0) {
    const toWrite = undoing.filter((decision) => !isFresh(work, decision));
    const written = await writeAll(
      work,
      toWrite.map(({ target, from }) => ({ target, value: from, hop: false, undo: true })),
      before.state,
    );
    const failures = [...written.failures.values(), ...[...written.unavailable].map(([key, why]) => noRoomBack(key, why))];
    const [failure] = failures;
    if (failure !== undefined) {
      const transient = failures.find((each) => each.transient);
      if (transient !== undefined && failures.every((each) => each.transient) && work.memory.attempts < mostAttempts) {
        return { progress: await comeBack(work, backOff(work, `trying again: ${transient.message}`)) };
      }
      return { progress: await blocked(work, ...failures) };
    }
    if (toWrite.length > 0) {
      try {
        ({ look } = await lookAgain(work));
      } catch (error) {
        return { progress: await couldNotLook(work, error) };
      }
    }
    const notYet = undoing.filter((decision) => !isBack(work, decision, look));
    if (notYet.length > 0) {
      if (work.memory.attempts >= mostAttempts * 4) return { progress: await blocked(work, ...notYet.map(notBack)) };
      return {
        progress: await comeBack(
          work,
          backOff(work, `waiting until AWS shows the original again: ${notYet.map(({ target }) => target.title).join(', ')}`),
        ),
      };
    }
    const barrier = Math.max(work.lease.unansweredUntil(), ...undoing.map(({ again }) => again));
    if (barrier > 0 && look.began <= barrier + propagationMs) {
      return {
        progress: await comeBack(work, {
          at: isoTime(barrier + propagationMs + 1),
          why: 'a call of an earlier attempt may still take effect',
        }),
      };
    }
    const repairs = await finishUndo(
      work,
      undoing.map(({ target }) => target),
      look.state,
    );
    if (repairs.length > 0) {
      const joined = new Set(repairs.map(({ target }) => targetKey(target)));
      decisions = decisions.map((decision) =>
        joined.has(targetKey(decision.target)) ? { ...decision, kind: 'others' } : decision,
      );
      await writeAll(
        work,
        repairs.map(({ target, value }) => ({ target, value, hop: false })),
        look.state,
      );
    }
  }
  work.memory.attempts = 0;
  await saveOutcomes(work, decisions);
  return { look, wrote: undoing.length > 0 };
}

/** AWS is still at something: an original written now would be refused, or lost. */
async function stillBusy(work: Work, targets: readonly RecordTarget[], look: Look): Promise<Progress> {
  const reasons = targets.map((target) => ({
    target,
    why: settingOf(work.plugin, target.setting).pending?.(look.state, target.on) ?? '',
  }));
  if (work.memory.attempts >= mostBusyAttempts)
    return await blocked(work, ...reasons.map(({ target, why }) => stillPending(target, why)));
  return await comeBack(work, backOff(work, reasons.map(({ target, why }) => `${target.title}: ${why}`).join('; ')));
}

/** Whether this process has written the original so lately that AWS may not show it yet: writing it again would not help. */
function isFresh(work: Work, { target, from }: Decision): boolean {
  const written = work.memory.written.get(targetKey(target));
  return written !== undefined && sameJson(written.value, from) && work.host.clock.now() - written.at < rewriteMs;
}

function isBack(work: Work, { target, from }: Decision, look: Look): boolean {
  const setting = settingOf(work.plugin, target.setting);
  const value = setting.read(look.state, target.on);
  // What it was on has been deleted meanwhile: there is nothing left to put back.
  if (value === undefined) return true;
  return setting.pending?.(look.state, target.on) === undefined && sameValue(setting, value, from);
}

const outcomes: { readonly [K in Decision['kind']]: ReleaseOutcome } = {
  undo: 'restored',
  others: 'others',
  kept: 'kept',
  late: 'late',
  drift: 'drift',
  gone: 'gone',
  ended: 'restored',
  doubtful: 'drift',
};

async function saveOutcomes(work: Work, decisions: readonly Decision[]): Promise<void> {
  const ended = new Map(decisions.map(({ target, kind }) => [targetKey(target), outcomes[kind]]));
  for (const { target, kind } of decisions) {
    if (kind === 'undo' && target.unavailable === undefined) note(work, 'restored', `Undone: ${target.title}`);
    else if (kind !== 'undo' && kind !== 'ended' && kind !== 'doubtful')
      note(work, 'left', `${leftBecause[kind]}: ${target.title}`);
  }
  await save(work, (record) => ({
    ...record,
    targets: record.targets.map((target) => {
      const released = ended.get(targetKey(target));
      return released === undefined ? target : { ...target, released };
    }),
  }));
}

const leftBecause: { readonly [K in Exclude<Decision['kind'], 'undo' | 'ended' | 'doubtful'>]: string } = {
  others: 'Left in place, another containment wants it',
  kept: 'Left in place, as asked',
  late: 'Left as it is, it first appeared after the containment',
  drift: 'Left as it is, somebody changed it meanwhile',
  gone: 'Nothing to put back, it no longer exists',
};

/** A wait of the plugin's order. Its end is in the record, so that whoever goes on waits no longer than that. */
async function waitFor(
  work: Work,
  index: number,
  step: Extract<ReleaseStep, { readonly kind: 'wait' }>,
  steps: readonly ReleaseStep[],
): Promise<Progress | undefined> {
  const { release } = work.lease.record;
  const after = steps
    .slice(index + 1)
    .some((later) => later.kind === 'undo' && later.targets.some((target) => openTarget(work.lease.record, target).length > 0));
  if (!after || release === undefined) return undefined;
  const now = work.host.clock.now();
  const until = release.wait?.step === index ? Date.parse(release.wait.until) : now + step.seconds * 1_000;
  if (release.wait?.step === index && now >= until) return undefined;
  if (release.wait?.step !== index) note(work, 'waiting', `Waiting ${step.seconds} s: ${step.why}`);
  const next: Next = { at: isoTime(until), why: step.why };
  await giveUp(work, undefined, (record) => ({
    ...record,
    next,
    release: { ...release, wait: { step: index, until: next.at } },
  }));
  return { record: work.lease.record, next };
}

function noRoomBack(key: string, why: string): Failure {
  return {
    code: 'no-room',
    message: `${key} cannot be put back: ${why}`,
    next: 'Make room, then release again.',
    transient: false,
  };
}

function notBack({ target }: Decision): Failure {
  return {
    code: 'not-settling',
    message: `${target.title}: the original was written, and AWS still does not show it.`,
    on: target.on,
    next: 'Look who sets it back (CloudTrail), then release again.',
    transient: true,
  };
}

async function couldNotLook(work: Work, error: unknown): Promise<Progress> {
  const failure = failureOf(error, work.entity.arn);
  if (!failure.transient || work.memory.attempts >= mostAttempts) return await blocked(work, failure);
  return await comeBack(work, backOff(work, `trying again: ${failure.message}`));
}

async function blocked(work: Work, ...failures: readonly Failure[]): Promise<Progress> {
  for (const failure of failures) note(work, 'failed', failure.message);
  const next: Next = { at: isoTime(work.host.clock.now() + blockedRetryMs), why: 'the release is blocked' };
  work.memory.attempts = 0;
  await giveUp(work, undefined, (record) => ({ ...record, state: 'release-blocked', failures, next }));
  return { record: work.lease.record, next };
}

/** Archives the record, then deletes it from the open ones. Message ids outlive it: a message delivered again must not contain again. */
async function end(work: Work): Promise<Progress> {
  const { record } = work.lease;
  const refusal = record.release?.refusal;
  await rememberMessages(work, record);
  const now = work.host.clock.now();
  const lastLook: Next = { at: isoTime(now + rememberedMs), why: 'a last look: a call that was under way may have come late' };
  const last =
    refusal === undefined
      ? { what: 'released' as const, text: summary(record) }
      : { what: 'refused' as const, text: refusal.message };
  await close(work, last, (current) => {
    const { next: _, ...rest } = current;
    return {
      ...rest,
      state: refusal === undefined ? 'released' : 'refused',
      failures: refusal === undefined ? [] : [refusal],
      owner: { ...current.owner, until: 0 },
      ...(refusal === undefined && { next: lastLook }),
    };
  });
  return { record: work.lease.record };
}

function summary(record: ContainmentRecord): string {
  const made = record.targets.filter(({ unavailable }) => unavailable === undefined);
  const count = (outcome: ReleaseOutcome) => made.filter(({ released }) => released === outcome).length;
  const others = (['others', 'kept', 'late', 'drift', 'gone'] as const).flatMap((outcome) =>
    count(outcome) === 0 ? [] : [`${count(outcome)} ${outcome}`],
  );
  return `Released: ${count('restored')} put back and read back${others.length === 0 ? '' : `; left: ${others.join(', ')}`}.`;
}

async function rememberMessages(work: Work, record: ContainmentRecord): Promise<void> {
  const ids = [...record.handled, ...Object.values(record.holds).flatMap(({ messages }) => messages)];
  if (ids.length === 0) return;
  const at = isoTime(work.host.clock.now());
  for (;;) {
    const stored = await work.host.ledger.past(record.entityKey);
    const messages: Past['messages'] = {
      ...stored?.value.messages,
      ...Object.fromEntries(ids.map((id) => [id, { record: record.id, at }])),
    };
    try {
      await work.host.ledger.putPast({ entityKey: record.entityKey, messages }, stored?.tag);
      return;
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
}
