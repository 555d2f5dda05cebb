import { unguarded } from '../aws/guarded-client.ts';
import { isoTime } from '../clock.ts';
import { type Failure, failureOf, invalid, LockdownError, refused } from '../failure.ts';
import { mayBeProtected, refusalFor } from '../guardrails.ts';
import { leaseOn, skewMs, takeOver } from '../ledger/lease.ts';
import { isRecordId, recordIdStart, type Stored, startOfRecordId } from '../ledger/ledger.ts';
import { type ContainmentRecord, type Hold, isReleasing, type Next } from '../ledger/record.ts';
import { Superseded } from '../ledger/resource.ts';
import { optionsFor } from '../options.ts';
import type { Purpose } from '../policy.ts';
import { entityKey, type Resolved, resolve, resolveRecord } from '../registry.ts';
import { StoreConflict, StoreDeadline } from '../store/object-store.ts';
import { beginLook, containRounds } from './contain-rounds.ts';
import { recordHandled, recordHandledInstead } from './handled-before.ts';
import { defaultIncident, withHoldOf } from './hold.ts';
import { lastLook } from './last-look.ts';
import { NotToBeContained } from './not-to-be-contained.ts';
import { createRecord, joinRecord, setAside, withdraw } from './open-record.ts';
import { planFor } from './plan.ts';
import { queueByKey } from './queue.ts';
import { checkKeep, checkKeepIsKnown, orderOf, withoutHolds } from './release-order.ts';
import { releaseRounds } from './release-rounds.ts';
import { type AnyChange, targetOf } from './targets.ts';
import type { ContainRequest, PlanReport, Progress, ReleaseRequest } from './types.ts';
import { contextFor, type Host, type Memory, newMemory, note, type Work, writingGuard } from './work.ts';
import { writeAll } from './write.ts';

/**
 * Contains and releases entities. It never sleeps: each call runs as far as it can, and answers when to come back. All of a
 * containment's state is in the ledger, so that another process can go on with it.
 *
 * Every method throws LockdownError where nothing can be done, with the failure as data.
 */
export interface Dispatcher {
  /**
   * What would be done, and what it would not stop. Writes nothing, neither to AWS nor to the ledger. Throws CouldNotLook where AWS does not
   * say how the entity is.
   */
  plan(request: ContainRequest): Promise<PlanReport>;
  /**
   * @param how.after what must have settled before the first write to AWS, such as that somebody looks after the request if this process
   *   dies. Whether it succeeded is the caller's matter.
   */
  contain(request: ContainRequest, how?: { readonly after?: Promise<unknown> }): Promise<Progress>;
  /** Goes on with a record. `hurry`: leaves out the rest of dwells, so that nothing stays in a hop when this process ends. */
  advance(recordId: string, how?: { readonly hurry?: boolean }): Promise<Progress>;
  release(request: ReleaseRequest): Promise<Progress>;
}

export function createDispatcher(host: Host): Dispatcher {
  const queue = queueByKey();
  const memories = new Map<string, Memory>();
  const leases = new Map<string, { readonly owner: string; readonly until: number; readonly since: number }>();

  function memoryOf(record: ContainmentRecord): Memory {
    const known = memories.get(record.id);
    if (known !== undefined && known.epoch === record.epoch && known.releasing === isReleasing(record.state)) return known;
    const made = newMemory(record, known);
    memories.set(record.id, made);
    return made;
  }

  /** Since when a record's lease is seen as it is: an owner whose clock is ahead must not hold everybody up. */
  function watch({ id, owner }: ContainmentRecord): number {
    const now = host.clock.now();
    const known = leases.get(id);
    if (known !== undefined && known.owner === owner.id && known.until === owner.until) return known.since;
    leases.set(id, { owner: owner.id, until: owner.until, since: now });
    return now;
  }

  /** What is remembered of a record serves until it comes to rest, its last look apart: a host that lives long meets many. */
  function forget(progress: Progress): Progress {
    if (progress.next === undefined || progress.record.state === 'released') {
      memories.delete(progress.record.id);
      leases.delete(progress.record.id);
    }
    return progress;
  }

  /** Opens the account and prepares the work on a record that this process owns. */
  async function workOn(resolved: Resolved, owned: Stored<ContainmentRecord>, access: Access, hurry: boolean): Promise<Work> {
    const memory = memoryOf(owned.value);
    const lease = leaseOn(host.ledger, owned, host.owners, host.clock, memory.unanswered);
    const { entity } = owned.value;
    return {
      host,
      plugin: resolved.plugin,
      entity,
      lease,
      memory,
      mark: access.mark,
      callers: access.callers,
      reading: contextFor(host, entity, access.session, access.mark, unguarded),
      writing: contextFor(host, entity, access.session, access.mark, writingGuard(lease)),
      hurry,
      events: [],
    };
  }

  async function openAccess(resolved: Resolved, purpose: Purpose) {
    const [caller, session, mark] = await Promise.all([
      host.access.identity(),
      host.access.open(resolved.entity, resolved.registered.manifest, purpose),
      host.ledger.mark(),
    ]);
    const acting = { arn: session.actor, account: resolved.entity.account, partition: resolved.entity.partition };
    return { session, mark, callers: [caller, acting] };
  }
  type Access = Awaited<ReturnType<typeof openAccess>>;

  async function plan(request: ContainRequest): Promise<PlanReport> {
    const resolved = await resolve(host.registry, request.arn);
    const options = optionsFor(resolved.registered.manifest, request.options ?? {});
    return await planFor(host, resolved, options);
  }

  async function contain(request: ContainRequest, how: { readonly after?: Promise<unknown> } = {}): Promise<Progress> {
    const resolved = await resolve(host.registry, request.arn);
    const { manifest } = resolved.registered;
    const hold: Hold = {
      by: request.by,
      at: isoTime(host.clock.now()),
      options: optionsFor(manifest, request.options ?? {}),
      messages: request.message === undefined ? [] : [request.message],
      ...(request.reason !== undefined && { reason: request.reason }),
    };
    const incident = request.incident ?? defaultIncident;
    const key = entityKey(manifest, resolved.entity);
    // The pattern list needs no call: what it protects is refused before anything is begun.
    const early = refusalFor(resolved.entity, [], host.guardrails, host.clock.now());
    if (early !== undefined) throw new LockdownError('refused', early);
    const wanted = (resolved.plugin.immediate?.(resolved.entity, hold.options) ?? []) as readonly AnyChange[];
    const immediate = mayBeProtected(resolved.entity, host.guardrails, host.clock.now()) ? [] : wanted;
    const asked = { resolved, key, incident, hold, immediate };
    // All at once, for the sake of the time until the first write, which waits for each of them.
    const [handled, created, accessed] = await Promise.allSettled([
      request.message === undefined ? undefined : recordHandled(host.ledger, key, request.message),
      createRecord(host, asked),
      openAccess(resolved, 'contain'),
      how.after,
    ]);
    if (handled.status === 'rejected') throw handled.reason;
    if (created.status === 'rejected') throw created.reason;
    if (handled.value !== undefined) {
      // Somebody who has joined it meanwhile waits for its owner to go on.
      if (created.value !== undefined && !(await setAside(host, created.value, handled.value)))
        return await advance(created.value.value.id);
      return await finished(handled.value);
    }
    const refusal =
      accessed.status === 'rejected'
        ? (accessed.reason as unknown)
        : asRefusal(refusalFor(resolved.entity, accessed.value.callers, host.guardrails, host.clock.now()));
    if (accessed.status === 'rejected' || refusal !== undefined) {
      // Only what this request made is taken back: a record that was there is not touched by one that can do nothing.
      if (created.value !== undefined) await withdraw(host, created.value, refusal);
      throw refusal;
    }
    const access = accessed.value;
    const { stored, isNew, busy, isHandled } =
      created.value === undefined ? await joinRecord(host, asked) : { stored: created.value, isNew: true, busy: false };
    if (isHandled === true) return { record: stored.value };
    if (busy) return { record: stored.value, next: whenFree(stored.value), busy: true };
    const work = await workOn(resolved, stored, access, false);
    return withHoldOf(incident, await runContain(work, isNew ? immediate : []));
  }

  /** The record of a message that was handled before: nothing is done again. */
  async function finished(recordId: string): Promise<Progress> {
    const record = await host.ledger.record(recordId);
    if (record === undefined)
      throw invalid(
        'no-record',
        `The record ${recordId} is not in ${host.ledger.location}.`,
        'Contain again without the message id.',
      );
    return { record: record.value };
  }

  async function runContain(work: Work, immediate: readonly AnyChange[]): Promise<Progress> {
    try {
      if (immediate.length === 0) return await containRounds(work);
      const early = beginLook(work);
      early.observed.catch(() => {});
      const targets = immediate.map((change) => targetOf(change, 0, {}, work.plugin));
      await writeAll(
        work,
        targets.map((target) => ({ target, value: target.path[0] ?? null, hop: false })),
        undefined,
      );
      return await containRounds(work, early);
    } catch (error) {
      if (error instanceof NotToBeContained) return await undoAdvance(work, error, immediate.length > 0);
      if (error instanceof Superseded || error instanceof StoreDeadline) return await afterSuperseded(work.lease.record);
      throw error;
    }
  }

  /** It is not to be contained: what was done in advance is undone, and the record ends as refused. */
  async function undoAdvance(
    work: Work,
    { failure: refusal, wantedByAnother }: NotToBeContained,
    isFirst: boolean,
  ): Promise<Progress> {
    await work.lease.save((record) => ({
      ...record,
      state: 'releasing',
      release: { by: 'entity-lockdown', at: isoTime(host.clock.now()), keep: [], force: false, refusal },
      ...(wantedByAnother && { targets: [] }),
    }));
    // Where every write in advance was refused, nothing is to be undone. Only who has just made them knows.
    const mayHaveWritten = !isFirst || work.memory.written.size > 0 || work.lease.unansweredUntil() > 0;
    if (!mayHaveWritten) await work.lease.save((record) => ({ ...record, targets: [] }));
    return await runRelease(work);
  }

  async function runRelease(work: Work): Promise<Progress> {
    try {
      return await releaseRounds(work);
    } catch (error) {
      if (error instanceof Superseded || error instanceof StoreDeadline) return await afterSuperseded(work.lease.record);
      throw error;
    }
  }

  /** Another process has taken the record over, or the lease ran out: the ledger tells who goes on. */
  async function afterSuperseded(record: ContainmentRecord): Promise<Progress> {
    const current = await host.ledger.record(record.id);
    if (current === undefined) return { record, busy: true, next: whenFree(record) };
    if (['released', 'refused'].includes(current.value.state)) return { record: current.value };
    return { record: current.value, busy: true, next: whenFree(current.value) };
  }

  function whenFree({ owner }: ContainmentRecord): Next {
    const now = host.clock.now();
    const free = owner.until === 0 ? now + 1_000 : Math.min(owner.until + skewMs, now + 2_000);
    return { at: isoTime(Math.max(free, now + 250)), why: 'another process is working on this record' };
  }

  async function advance(recordId: string, how: { readonly hurry?: boolean } = {}): Promise<Progress> {
    for (;;) {
      const found = await host.ledger.openById(recordId);
      if (found === undefined) return await lookBack((await finished(recordId)).record);
      const owned = takeOver(found.value, host.owners, host.clock.now(), { seenSince: watch(found.value) });
      if (owned === undefined) return { record: found.value, next: whenFree(found.value), busy: true };
      const instead = await recordHandledInstead(host.ledger, found.value);
      if (instead !== undefined) {
        if (await setAside(host, found, instead)) return await finished(instead);
        continue;
      }
      const releasing = isReleasing(owned.state);
      if (owned.state === 'contained' && how.hurry === true) return { record: found.value };
      const resolved = await resolveRecord(host.registry, found.value);
      const [access, tag] = await Promise.all([
        openAccess(resolved, releasing ? 'release' : 'contain'),
        host.ledger.replaceOpen(owned, found.tag).catch((error: unknown) => {
          if (error instanceof StoreConflict) return undefined;
          throw error;
        }),
      ]);
      if (tag === undefined) continue;
      const work = await workOn(resolved, { value: owned, tag }, access, how.hurry === true);
      return releasing ? await runRelease(work) : await runContain(work, []);
    }
  }

  /** The last look at a released record, where it is due; another ended record stays as it is. */
  async function lookBack(record: ContainmentRecord): Promise<Progress> {
    if (record.state !== 'released' || record.next === undefined) return { record };
    if (host.clock.now() < Date.parse(record.next.at)) return { record, next: record.next };
    const resolved = await resolveRecord(host.registry, record);
    const { session, mark } = await openAccess(resolved, 'release');
    const reading = contextFor(host, record.entity, session, mark, unguarded);
    const looked = await lastLook(resolved.plugin, reading, host.ledger, record, host.clock.now());
    await host.ledger.archive(looked);
    return { record: looked };
  }

  async function release(request: ReleaseRequest): Promise<Progress> {
    for (;;) {
      const found = await findOpen(request.target);
      const dropped = withoutHolds(found.value, request);
      const others = Object.keys(dropped.holds);
      if (others.length > 0) {
        const progress = { record: dropped, otherHolds: others };
        if (others.length === Object.keys(found.value.holds).length) return progress;
        const text = `A hold was released by ${request.by}; it stays contained for ${others.join(', ')}`;
        const told = { ...dropped, events: [...dropped.events, { at: isoTime(host.clock.now()), what: 'hold' as const, text }] };
        if (await replaced(found, told)) return { ...progress, record: told };
        continue;
      }
      checkKeep(found.value, request);
      // A living owner that releases goes on by itself; one that contains is stopped.
      const owned = takeOver(dropped, host.owners, host.clock.now(), {
        evenFromTheLiving: found.value.state !== 'releasing',
        seenSince: watch(found.value),
      });
      if (owned === undefined) {
        checkKeepIsKnown(found.value, request);
        return { record: found.value, next: whenFree(found.value), busy: true };
      }
      const { next: _, ...rest } = owned;
      const releasing: ContainmentRecord = {
        ...rest,
        state: 'releasing',
        failures: [],
        release: orderOf(request, isoTime(host.clock.now()), owned.release),
      };
      const resolved = await resolveRecord(host.registry, releasing);
      const access = await openAccess(resolved, 'release');
      const tag = await replaced(found, releasing);
      if (tag === undefined) continue;
      const work = await workOn(resolved, { value: releasing, tag }, access, false);
      note(work, 'releasing', `Release begun by ${request.by}${request.reason === undefined ? '' : `: ${request.reason}`}`);
      return await runRelease(work);
    }
  }

  async function replaced(found: Stored<ContainmentRecord>, record: ContainmentRecord): Promise<string | undefined> {
    try {
      return await host.ledger.replaceOpen(record, found.tag);
    } catch (error) {
      if (error instanceof StoreConflict) return undefined;
      throw error;
    }
  }

  /** The open record that a person names by its id or by the entity's ARN. */
  async function findOpen(target: string): Promise<Stored<ContainmentRecord>> {
    if (isRecordId(target)) {
      const found = await host.ledger.openById(target);
      if (found !== undefined) return found;
      const archived = await host.ledger.archived(target);
      if (archived !== undefined)
        throw refused(
          'already-released',
          `The record ${target} (${archived.value.entity.arn}) has ended: ${archived.value.state}.`,
          'Nothing is left to do.',
        );
      throw invalid(
        'no-record',
        `There is no record ${target} in ${host.ledger.location}.`,
        'lockdown status lists the open records; check --ledger.',
      );
    }
    const resolved = await resolve(host.registry, target);
    const found = await host.ledger.open(entityKey(resolved.registered.manifest, resolved.entity));
    if (found !== undefined) return found;
    throw invalid(
      'not-contained',
      `${resolved.entity.arn} has no open record in ${host.ledger.location}: Entity Lockdown does not contain it there.`,
      'lockdown status lists the open records; check --ledger.',
    );
  }

  /** One name for an entity, whether it is asked for by its ARN or by a record's id. */
  async function entityOf(target: string): Promise<string> {
    if (isRecordId(target)) return startOfRecordId(target);
    const { registered, entity } = await resolve(host.registry, target);
    return recordIdStart(entityKey(registered.manifest, entity));
  }

  return {
    plan: (request) => plan(request).catch(rethrow),
    contain: (request, how) => queue(entityOf(request.arn), () => contain(request, how).then(forget)).catch(rethrow),
    advance: (recordId, how) => queue(entityOf(recordId), () => advance(recordId, how).then(forget)).catch(rethrow),
    release: (request) => queue(entityOf(request.target), () => release(request).then(forget)).catch(rethrow),
  };
}

function asRefusal(failure: Failure | undefined): LockdownError | undefined {
  return failure === undefined ? undefined : new LockdownError('refused', failure);
}

/** Whatever failed, its caller gets it as data. */
function rethrow(error: unknown): never {
  if (error instanceof LockdownError) throw error;
  throw new LockdownError('failed', failureOf(error), error);
}
