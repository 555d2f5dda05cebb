import {
  type Clock,
  type ContainmentRecord,
  type Dispatcher,
  entityKey,
  type Failure,
  failureOf,
  isHeldByMessage,
  type Ledger,
  LockdownError,
  type Observer,
  type Progress,
  type Registry,
  type Resolved,
  resolve,
} from '@entity-lockdown/core';
import { failedRequestMail, refusedEntityMail } from './audit/about-message.ts';
import {
  cameBackMail,
  containedMail,
  failedRecordMail,
  lastLookFailedMail,
  partialMail,
  refusedRecordMail,
  releasedMail,
  startedMail,
  type Writing,
} from './audit/about-record.ts';
import type { Mail } from './audit/mail.ts';
import type { Notices } from './audit/notices.ts';
import type { AskedFor, Continuations } from './continuations.ts';
import { goOnAt, isDue, isEnded, isUnderWay } from './due.ts';
import { failureFields, type Log } from './log.ts';
import type { Meter } from './meter.ts';
import type { Watched } from './watched.ts';

/** `again`: it is not settled, and whoever brought it must bring it once more. */
export type Handled = 'done' | 'again';

/** Contains what was asked for, a turn at a time. */
export interface Containing {
  /** A request as it came. Its continuation is queued before anything is changed. */
  begin(asked: AskedFor): Promise<Handled>;
  /** The continuation of a request: looks whether it was begun, and begins it where not. */
  lookAfter(asked: AskedFor): Promise<Handled>;
  /** The continuation of a record; `repeated` where it was tried before. */
  goOn(recordId: string, repeated: boolean): Promise<Handled>;
  /** To be told of what the dispatcher does. */
  readonly observe: Observer;
  /** Resolves when nothing is under way any more: what a frozen process has begun ends nobody knows when. */
  quiet(): Promise<void>;
}

export interface ContainingParts {
  readonly registry: Registry;
  readonly dispatcher: () => Promise<Dispatcher>;
  readonly ledger: Ledger;
  readonly accounts: readonly string[];
  readonly partition: string;
  readonly continuations: Continuations;
  readonly notices: Notices;
  readonly watched: Watched;
  readonly writing: Writing;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** When a request is looked after: an invocation that died is known to have ended by then. */
const lookAfterSeconds = 120;
/** Records whose start this process has told. */
const mostRemembered = 2_000;

export function containing(parts: ContainingParts): Containing {
  const { registry, ledger, continuations, notices, watched, writing, clock, log, meter } = parts;
  const begun = new Map<string, Promise<unknown>>();
  const underWay = new Set<Promise<unknown>>();
  const firstWrites = new Map<string, number>();

  const observe: Observer = ({ what, text }, record) => {
    log.info(text, { record: record.id, what });
    if ((what === 'write' || what === 'hop') && !firstWrites.has(record.id)) firstWrites.set(record.id, clock.now());
    // All that is wanted is listed now: the mail can say so, and goes out beside the work.
    if (record.lookedAt !== undefined && record.state === 'containing') tellStart(record);
  };

  function tellStart(record: ContainmentRecord): Promise<unknown> {
    const known = begun.get(record.id);
    if (known !== undefined) return known;
    for (const map of [begun, firstWrites]) if (map.size >= mostRemembered) map.clear();
    const watching = watched.add(record.id).catch((error: unknown) => {
      // The sweep adds it, as long as it is open.
      log.warn('a record could not be noted as watched', { record: record.id, ...failureFields(failureOf(error)) });
    });
    const telling = notices.tell(startedMail(record, writing)).then((became) => {
      // Told by whoever comes next.
      if (became === 'lost') begun.delete(record.id);
    });
    const started = Promise.all([telling, watching]);
    begun.set(record.id, started);
    underWay.add(started);
    started.finally(() => underWay.delete(started));
    return started;
  }

  /** Which entity is meant; throws a LockdownError where it is none of those that may be contained here. */
  async function entityOf({ arn }: AskedFor): Promise<Resolved> {
    const resolved = await resolve(registry, arn);
    const { account, partition } = resolved.entity;
    // No role of one partition is assumed from another: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    if (partition !== parts.partition)
      throw new LockdownError('refused', {
        code: 'other-partition',
        message: `The partition ${partition} is not that of this deployment, ${parts.partition}.`,
        next: 'Ask the deployment in that partition, or contain it there.',
        transient: false,
      });
    if (parts.accounts.length > 0 && !parts.accounts.includes(account))
      throw new LockdownError('refused', {
        code: 'account-not-listed',
        message: `The account ${account} is not one of those whose entities this deployment contains.`,
        next: 'Have it added to the parameter of the deployment, or contain it where it belongs.',
        transient: false,
      });
    return resolved;
  }

  async function begin(asked: AskedFor): Promise<Handled> {
    try {
      await entityOf(asked);
    } catch (error) {
      return await couldNotContain(asked, error, false);
    }
    // Beside the reads: the first write waits for it.
    const secured = queued(() => continuations.send({ version: 1, kind: 'request', ...asked }, lookAfterSeconds));
    const handled = await contain(asked, false, secured);
    return (await secured) ? 'done' : handled;
  }

  async function lookAfter(asked: AskedFor): Promise<Handled> {
    try {
      const { registered, entity } = await entityOf(asked);
      const open = await ledger.open(entityKey(registered.manifest, entity));
      if (open !== undefined && isHeldByMessage(open.value, asked.message)) return await goOnWith(open.value, true);
    } catch (error) {
      return await couldNotContain(asked, error, true);
    }
    return await contain(asked, true);
  }

  async function contain(asked: AskedFor, repeated: boolean, after?: Promise<unknown>, attempt = 1): Promise<Handled> {
    const { at: _, ...request } = asked;
    let progress: Progress;
    try {
      progress = await (await parts.dispatcher()).contain(request, after && { after });
    } catch (error) {
      // What passes by itself has often passed already; what has not is tried again later.
      if (attempt === 1 && failureOf(error).transient) return await contain(asked, repeated, after, 2);
      return await couldNotContain(asked, error, repeated);
    }
    timeFirstWrite(progress.record, asked);
    if (progress.busy !== true && isContaining(progress.record)) tellStart(progress.record);
    return await follow(progress);
  }

  function timeFirstWrite({ id, plugin }: ContainmentRecord, { at }: AskedFor): void {
    const first = firstWrites.get(id);
    const since = first === undefined ? Number.NaN : first - Date.parse(at);
    if (since >= 0) meter.time('TimeToFirstDeny', since, plugin.id);
  }

  /** What may pass by itself is told only when it has not passed by the next time. */
  async function couldNotContain(asked: AskedFor, error: unknown, repeated: boolean): Promise<Handled> {
    const failure = failureOf(error);
    log.error('a request could not be handled', { messageId: asked.message, arn: asked.arn, ...failureFields(failure) });
    if (error instanceof LockdownError && error.kind !== 'failed') {
      const became = await notices.tell(refusedEntityMail(asked, failure));
      // Its continuation comes to the same, and is not another request.
      if (became === 'told') meter.outcome('refused', 'unknown');
      return became === 'lost' ? 'again' : 'done';
    }
    meter.outcome('failed', 'unknown');
    if (repeated || !failure.transient) await told(failedRequestMail(asked, failure));
    return 'again';
  }

  async function goOn(recordId: string, repeated: boolean): Promise<Handled> {
    const record = (await ledger.record(recordId))?.value;
    if (record !== undefined) return await goOnWith(record, repeated);
    throw new Error(`There is no record ${recordId} in ${ledger.location}.`);
  }

  /** A record that is not due is waited for by somebody else; one that has ended is told of. */
  async function goOnWith(record: ContainmentRecord, repeated: boolean): Promise<Handled> {
    if (!isDue(record, clock.now())) return isUnderWay(record) ? 'done' : await tellEnd(record);
    let progress: Progress;
    try {
      progress = await (await parts.dispatcher()).advance(record.id);
    } catch (error) {
      const failure = failureOf(error);
      log.error('a record could not be gone on with', { record: record.id, ...failureFields(failure) });
      meter.outcome('failed', record.plugin.id);
      if (repeated || !failure.transient) await tellStuck(record, failure);
      return 'again';
    }
    return await follow(progress);
  }

  async function tellStuck(record: ContainmentRecord, failure: Failure): Promise<void> {
    // That it is released is so, whatever its last look meets.
    await tellEnd(record);
    await told(
      record.state === 'released' ? lastLookFailedMail(record, failure, writing) : failedRecordMail(record, failure, writing),
    );
  }

  /** What follows a turn: the next one, or a mail that tells how it ended. */
  async function follow({ record, next, busy }: Progress): Promise<Handled> {
    if (next === undefined || !(busy === true || isUnderWay(record))) return await tellEnd(record);
    const at = busy === true ? whenFree(record, next.at) : goOnAt(record, next, clock.now());
    const delay = (at - clock.now()) / 1_000;
    const started = begun.get(record.id);
    const [isQueued] = await Promise.all([
      queued(() => continuations.send({ version: 1, kind: 'record', record: record.id }, delay)),
      started,
    ]);
    return isQueued ? 'done' : 'again';
  }

  /** A living owner goes on by itself: to be looked at when its lease has surely ended. */
  function whenFree({ owner }: ContainmentRecord, at: string): number {
    return owner.until > clock.now() ? owner.until + 6_000 : Date.parse(at);
  }

  async function queued(send: () => Promise<void>): Promise<boolean> {
    try {
      await send();
      return true;
    } catch (error) {
      meter.count('ContinuationFailed');
      log.error('a continuation could not be queued', failureFields(failureOf(error)));
      return false;
    }
  }

  async function tellEnd(record: ContainmentRecord): Promise<Handled> {
    if (!isEnded(record)) return 'done';
    // In their order, where the start was not told yet.
    if (isContaining(record)) await tellStart(record);
    const mail = endMail(record, writing);
    const became = mail === undefined ? 'already' : await notices.tell(mail);
    if (became === 'told') countEnd(record);
    if (record.state === 'released' && record.failures.length > 0) return await told(cameBackMail(record, writing));
    return became === 'lost' ? 'again' : 'done';
  }

  function countEnd({ state, plugin, containedAt, events }: ContainmentRecord): void {
    if (state === 'contained' || state === 'partial' || state === 'refused' || state === 'released')
      meter.outcome(state, plugin.id);
    const opened = events[0]?.at;
    if (state === 'contained' && containedAt !== undefined && opened !== undefined)
      meter.time('TimeToContained', Date.parse(containedAt) - Date.parse(opened), plugin.id);
  }

  async function told(mail: Mail): Promise<Handled> {
    return (await notices.tell(mail)) === 'lost' ? 'again' : 'done';
  }

  return {
    begin,
    lookAfter,
    goOn,
    observe,
    async quiet() {
      await Promise.all(underWay);
    },
  };
}

function isContaining({ state }: ContainmentRecord): boolean {
  return state === 'containing' || state === 'contained' || state === 'partial';
}

function endMail(record: ContainmentRecord, writing: Writing): Mail | undefined {
  switch (record.state) {
    case 'contained':
      return containedMail(record, writing);
    case 'partial':
      return partialMail(record, writing);
    case 'refused':
      // One that was withdrawn before anything was begun is told of by what became of its request.
      return record.release?.refusal === undefined ? undefined : refusedRecordMail(record, writing);
    case 'released':
      return releasedMail(record, writing);
    default:
      return undefined;
  }
}
