import { isoTime } from '../clock.ts';
import { failureOf, invalid, LockdownError, refused } from '../failure.ts';
import { refusalFor, suspectOf } from '../guardrails.ts';
import { leaseMs, leaseOn, skewMs, takeOver } from '../ledger/lease.ts';
import { isRecordId, type Stored } from '../ledger/ledger.ts';
import { type ContainmentRecord, type Hold, type Next, type ReleaseOrder, targetKey } from '../ledger/record.ts';
import { Superseded } from '../ledger/resource.ts';
import { optionsFor } from '../options.ts';
import type { Purpose } from '../policy.ts';
import { entityKey, type Resolved, resolve } from '../registry.ts';
import { StoreConflict, StoreDeadline } from '../store/object-store.ts';
import { beginLook, containRounds, NoSuchEntity } from './contain-rounds.ts';
import { withHoldOf } from './hold.ts';
import { lastLook } from './last-look.ts';
import { planFor } from './plan.ts';
import { releaseRounds } from './release-rounds.ts';
import { type AnyChange, targetOf } from './targets.ts';
import type { ContainRequest, PlanReport, Progress, ReleaseRequest } from './types.ts';
import { contextFor, type Host, type Memory, newMemory, note, readingGuard, type Work, writingGuard } from './work.ts';
import { writeAll } from './write.ts';

/**
 * Contains and releases entities. It never sleeps: each call runs as far as it can, and answers when to come back. All of a
 * containment's state is in the ledger, so that another process can go on with it.
 *
 * Every method throws LockdownError where nothing can be done, with the failure as data.
 */
export interface Dispatcher {
  /** What would be done, and what it would not stop. Writes nothing, neither to AWS nor to the ledger. */
  plan(request: ContainRequest): Promise<PlanReport>;
  contain(request: ContainRequest): Promise<Progress>;
  /** Goes on with a record. `hurry`: leaves out the rest of dwells, so that nothing stays in a hop when this process ends. */
  advance(recordId: string, how?: { readonly hurry?: boolean }): Promise<Progress>;
  release(request: ReleaseRequest): Promise<Progress>;
}

const defaultIncident = 'default';

export function createDispatcher(host: Host): Dispatcher {
  const memories = new Map<string, Memory>();

  function memoryOf(record: ContainmentRecord): Memory {
    const known = memories.get(record.id);
    if (known !== undefined && known.epoch === record.epoch) return known;
    const made = newMemory(record.epoch);
    memories.set(record.id, made);
    return made;
  }

  /** Opens the account and prepares the work on a record that this process owns. */
  async function workOn(resolved: Resolved, owned: Stored<ContainmentRecord>, access: Access, hurry: boolean): Promise<Work> {
    const lease = leaseOn(host.ledger, owned, host.owners, host.clock);
    const { entity } = owned.value;
    return {
      host,
      plugin: resolved.plugin,
      entity,
      lease,
      memory: memoryOf(owned.value),
      mark: access.mark,
      callers: access.callers,
      reading: contextFor(host, entity, access.session, access.mark, readingGuard),
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

  async function contain(request: ContainRequest): Promise<Progress> {
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
    const early = refusalFor(suspectOf(resolved.entity), [], host.guardrails, host.clock.now());
    if (early !== undefined) throw new LockdownError('refused', early);
    if (request.message !== undefined) {
      const handled = (await host.ledger.past(key))?.value.messages[request.message];
      if (handled !== undefined) return await finished(handled.record);
    }
    const immediate = (resolved.plugin.immediate?.(resolved.entity, hold.options) ?? []) as readonly AnyChange[];
    const [opened, accessed] = await Promise.allSettled([
      openRecord(resolved, key, incident, hold, immediate),
      openAccess(resolved, 'contain'),
    ]);
    if (opened.status === 'rejected') throw opened.reason;
    const { stored, isNew, busy } = opened.value;
    if (accessed.status === 'rejected') {
      if (isNew) await withdraw(stored, accessed.reason);
      else if (!busy) await giveBack(stored);
      throw accessed.reason;
    }
    const access = accessed.value;
    const own = refusalFor(suspectOf(resolved.entity), access.callers, host.guardrails, host.clock.now());
    if (own !== undefined) {
      const refusal = new LockdownError('refused', own);
      if (isNew) await withdraw(stored, refusal);
      else if (!busy) await giveBack(stored);
      throw refusal;
    }
    if (busy) return { record: stored.value, next: whenFree(stored.value), busy: true };
    const work = await workOn(resolved, stored, access, false);
    return withHoldOf(incident, await runContain(work, isNew ? immediate : []));
  }

  /** The record of a message that was handled before: nothing is done again. */
  async function finished(recordId: string): Promise<Progress> {
    const record = (await host.ledger.openById(recordId)) ?? (await host.ledger.archived(recordId));
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
      if (error instanceof NoSuchEntity) return await undoAdvance(work, error.message, immediate.length > 0);
      if (error instanceof Superseded || error instanceof StoreDeadline) return await afterSuperseded(work.lease.record);
      throw error;
    }
  }

  /** There is no such entity: what was done in advance is undone, and the record ends as refused. */
  async function undoAdvance(work: Work, missing: string, isFirst: boolean): Promise<Progress> {
    const refusal = {
      code: 'no-such-entity',
      message: missing,
      next: 'Check the ARN: account, Region, path and name.',
      transient: false,
    };
    await work.lease.save((record) => ({
      ...record,
      state: 'releasing',
      release: { by: 'entity-lockdown', at: isoTime(host.clock.now()), keep: [], force: false, refusal },
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
    const current = (await host.ledger.openById(record.id)) ?? (await host.ledger.archived(record.id));
    if (current === undefined) return { record, busy: true, next: whenFree(record) };
    if (['released', 'refused'].includes(current.value.state)) return { record: current.value };
    return { record: current.value, busy: true, next: whenFree(current.value) };
  }

  function whenFree({ owner }: ContainmentRecord): Next {
    const now = host.clock.now();
    const free = owner.until === 0 ? now + 1_000 : Math.min(owner.until + skewMs, now + 2_000);
    return { at: isoTime(Math.max(free, now + 250)), why: 'another process is working on this record' };
  }

  interface Opened {
    readonly stored: Stored<ContainmentRecord>;
    readonly isNew: boolean;
    /** Whether a living owner goes on by itself. */
    readonly busy: boolean;
  }

  /** Creates the entity's record, or adds the hold to the one that is there. */
  async function openRecord(
    resolved: Resolved,
    key: string,
    incident: string,
    hold: Hold,
    immediate: readonly AnyChange[],
  ): Promise<Opened> {
    const { manifest, package: from } = resolved.registered;
    const now = host.clock.now();
    const created: ContainmentRecord = {
      id: host.ledger.newRecordId(key),
      entityKey: key,
      entity: resolved.entity,
      plugin: { id: manifest.id, package: from.name, version: from.version },
      state: 'containing',
      holds: { [incident]: hold },
      handled: [],
      owner: { id: host.owners.me, until: now + leaseMs },
      epoch: 1,
      prev: 0,
      targets: immediate.map((change) => targetOf(change, 0, {}, resolved.plugin)),
      warnings: [],
      failures: [],
      events: [
        {
          at: isoTime(now),
          what: 'opened',
          text: `Opened by ${hold.by} for incident ${incident}${hold.reason === undefined ? '' : `: ${hold.reason}`}`,
        },
      ],
    };
    try {
      return { stored: { value: created, tag: await host.ledger.createOpen(created) }, isNew: true, busy: false };
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
    for (;;) {
      const found = await host.ledger.open(key);
      if (found === undefined) return await openRecord(resolved, key, incident, hold, immediate);
      const joined = withHold(found.value, incident, hold, isoTime(host.clock.now()));
      const releasing = joined.state === 'releasing' || joined.state === 'release-blocked';
      const owned = takeOver(joined, host.owners, host.clock.now(), releasing);
      const changed = owned === undefined ? joined : reopened(owned);
      if (owned === undefined && changed === found.value) return { stored: found, isNew: false, busy: true };
      try {
        return {
          stored: { value: changed, tag: await host.ledger.replaceOpen(changed, found.tag) },
          isNew: false,
          busy: owned === undefined,
        };
      } catch (error) {
        if (!(error instanceof StoreConflict)) throw error;
      }
    }
  }

  /** Nothing could be begun on a record that was there: whoever can goes on with it at once. */
  async function giveBack({ value, tag }: Stored<ContainmentRecord>): Promise<void> {
    const next: Next = { at: isoTime(host.clock.now()), why: 'the account could not be opened' };
    try {
      await host.ledger.replaceOpen({ ...value, owner: { ...value.owner, until: 0 }, next }, tag);
    } catch (error) {
      // Somebody else has it already.
      if (!(error instanceof StoreConflict)) throw error;
    }
  }

  /** Nothing could be begun: the record does not stay open. */
  async function withdraw(stored: Stored<ContainmentRecord>, reason: unknown): Promise<void> {
    const failure = reason instanceof LockdownError ? reason.failure : undefined;
    const ended: ContainmentRecord = { ...stored.value, state: 'refused', failures: failure === undefined ? [] : [failure] };
    await host.ledger.archive(ended);
    try {
      await host.ledger.deleteOpen(stored.value, stored.tag);
    } catch (error) {
      // Somebody else has joined it meanwhile, and goes on with it.
      if (!(error instanceof StoreConflict)) throw error;
    }
  }

  async function advance(recordId: string, how: { readonly hurry?: boolean } = {}): Promise<Progress> {
    for (;;) {
      const found = await host.ledger.openById(recordId);
      if (found === undefined) return await lookBack((await finished(recordId)).record);
      const owned = takeOver(found.value, host.owners, host.clock.now());
      if (owned === undefined) return { record: found.value, next: whenFree(found.value), busy: true };
      const releasing = owned.state === 'releasing' || owned.state === 'release-blocked';
      if (owned.state === 'contained' && how.hurry === true) return { record: found.value };
      const resolved = await resolveRecord(found.value);
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
    const resolved = await resolveRecord(record);
    const { session, mark } = await openAccess(resolved, 'release');
    const reading = contextFor(host, record.entity, session, mark, readingGuard);
    const looked = await lastLook(resolved.plugin, reading, record, host.clock.now());
    await host.ledger.archive(looked);
    return { record: looked };
  }

  async function resolveRecord(record: ContainmentRecord): Promise<Resolved> {
    const registered = host.registry.plugins.find(({ manifest }) => manifest.id === record.plugin.id);
    if (registered === undefined) {
      throw invalid(
        'no-plugin',
        `The record ${record.id} was made by the plugin ${record.plugin.package} (${record.plugin.id}), which is not installed.`,
        `Install ${record.plugin.package}.`,
      );
    }
    return { registered, plugin: await registered.load(), entity: record.entity };
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
      const living = takeOver(found.value, host.owners, host.clock.now());
      const isReleasing = found.value.state === 'releasing';
      if (isReleasing && living === undefined) return { record: found.value, next: whenFree(found.value), busy: true };
      const owned = takeOver(dropped, host.owners, host.clock.now(), true);
      if (owned === undefined) continue;
      const { next: _, ...rest } = owned;
      const releasing: ContainmentRecord = {
        ...rest,
        state: 'releasing',
        failures: [],
        release: orderOf(request, isoTime(host.clock.now()), owned.release),
      };
      const resolved = await resolveRecord(releasing);
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

  return {
    plan: (request) => plan(request).catch(rethrow),
    contain: (request) => contain(request).catch(rethrow),
    advance: (recordId, how) => advance(recordId, how).catch(rethrow),
    release: (request) => release(request).catch(rethrow),
  };
}

/** Whatever failed, its caller gets it as data. */
function rethrow(error: unknown): never {
  if (error instanceof LockdownError) throw error;
  throw new LockdownError('failed', failureOf(error), error);
}

function withHold(record: ContainmentRecord, incident: string, hold: Hold, at: string): ContainmentRecord {
  const there = record.holds[incident];
  const isRepeated =
    there !== undefined &&
    JSON.stringify(there.options) === JSON.stringify(hold.options) &&
    hold.messages.every((id) => there.messages.includes(id));
  if (isRepeated) return record;
  const messages = [...new Set([...(there?.messages ?? []), ...hold.messages])];
  const text = `Hold of incident ${incident} by ${hold.by}${hold.reason === undefined ? '' : `: ${hold.reason}`}`;
  return {
    ...record,
    holds: { ...record.holds, [incident]: { ...hold, ...(there && { by: there.by, at: there.at }), messages } },
    events: [...record.events, { at, what: 'hold', text }],
  };
}

/** A record that is to be contained again: an unfinished release ends here, and what it had put back is wanted again. */
function reopened(record: ContainmentRecord): ContainmentRecord {
  const { release: _, next: __, ...rest } = record;
  return { ...rest, state: 'containing', targets: record.targets.map(({ released: ___, ...target }) => target) };
}

function withoutHolds(record: ContainmentRecord, request: ReleaseRequest): ContainmentRecord {
  const dropped = Object.entries(record.holds).filter(
    ([incident]) => request.allHolds === true || incident === (request.incident ?? defaultIncident),
  );
  // A sole hold is meant by a release that names no incident.
  const only = Object.entries(record.holds);
  const ending = dropped.length === 0 && request.incident === undefined && only.length === 1 ? only : dropped;
  const names = new Set(ending.map(([incident]) => incident));
  return {
    ...record,
    holds: Object.fromEntries(only.filter(([incident]) => !names.has(incident))),
    handled: [...record.handled, ...ending.flatMap(([, { messages }]) => messages)],
  };
}

function checkKeep(record: ContainmentRecord, request: ReleaseRequest): void {
  const known = new Set(record.targets.map(targetKey));
  const unknown = (request.keep ?? []).find((target) => !known.has(targetKey(target)));
  if (unknown !== undefined) {
    throw invalid(
      'unknown-change',
      `The record ${record.id} has no change ${unknown.setting} on ${unknown.on}.`,
      `Its changes: ${record.targets.map(targetKey).join('; ')}.`,
    );
  }
}

/** How the release is asked for. One that was begun before keeps what it was to keep: whoever finishes it may not know. */
function orderOf(request: ReleaseRequest, at: string, begun: ReleaseOrder | undefined): ReleaseOrder {
  const keep = [...(begun?.keep ?? []), ...(request.keep ?? [])];
  return {
    by: request.by,
    at,
    keep: [...new Map(keep.map((target) => [targetKey(target), target])).values()],
    force: request.force === true || begun?.force === true,
    ...(request.reason !== undefined && { reason: request.reason }),
    ...(begun?.wait !== undefined && { wait: begun.wait }),
    ...(begun?.refusal !== undefined && { refusal: begun.refusal }),
  };
}
