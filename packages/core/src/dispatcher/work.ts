import {
  type AwsClient,
  type AwsClientClass,
  type Context,
  type Entity,
  iamRegion,
  type Json,
  type Observed,
  type Plugin,
  passes,
  type Setting,
  type Target,
} from '@entity-lockdown/plugin-api';
import type { AwsAccess, CallerIdentity, Session } from '../aws/access.ts';
import type { AwsCall, CallGuard } from '../aws/guarded-client.ts';
import { type Clock, isoTime } from '../clock.ts';
import { LockdownError } from '../failure.ts';
import type { Guardrails } from '../guardrails.ts';
import type { Lease, Owners, Unanswered } from '../ledger/lease.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type ContainmentRecord, type EventKind, isReleasing, type Next, type RecordEvent } from '../ledger/record.ts';
import type { Registry } from '../registry.ts';
import type { Observer, Progress } from './types.ts';

/** What the dispatcher is made of. All of it is the host's choice. */
export interface Host {
  readonly registry: Registry;
  readonly ledger: Ledger;
  readonly access: AwsAccess;
  readonly guardrails: Guardrails;
  readonly clock: Clock;
  readonly owners: Owners;
  readonly observe?: Observer;
  /** Told of every call to AWS, before each attempt. For recording and for benchmarks. */
  readonly onCall?: (call: AwsCall, account: string) => void;
}

/** What this process remembers of a record between two rounds of the same epoch, as long as the record goes the same way. */
export interface Memory {
  epoch: number;
  /** Whether the record is being released: what was joined to contain it is joined no more. */
  readonly releasing: boolean;
  /** Target keys whose entries carry this epoch, with the stable id of what they are on, where it has one. */
  readonly joined: Map<string, string | undefined>;
  /** Target keys that were written although they read as wanted. */
  readonly forced: Set<string>;
  /** Target keys that must be written although they read as wanted. */
  readonly toForce: Set<string>;
  /** Contained only by a reading that began later, in milliseconds since the epoch. */
  again: number;
  /** The last write of a target that was acknowledged, and when. */
  readonly written: Map<string, { readonly value: Json; readonly at: number; readonly order: number }>;
  /** Values that nobody of this ledger set, by target key, and since when they are seen. */
  readonly doubts: Map<string, { readonly value: Json; readonly since: number }>;
  /** Whether the ledger has noted that the entity, known by its stable id, is contained by this record. */
  identified: boolean;
  /** Calls that had no answer, in this call of the dispatcher or in one before. */
  readonly unanswered: Unanswered;
  /** Counts looks and acknowledged writes, so that their order is known where the clock does not tell. */
  order: number;
  /** Calls in a row that ended with something to try again. */
  attempts: number;
  /** Calls in a row in which every round changed something. */
  unsettled: number;
}

/** @param before what is remembered of the record's other way, or of an earlier epoch: its calls may still land */
export function newMemory({ epoch, state }: ContainmentRecord, before?: Memory): Memory {
  return {
    epoch,
    releasing: isReleasing(state),
    joined: new Map(),
    forced: new Set(),
    toForce: new Set(),
    again: 0,
    written: new Map(),
    doubts: new Map(),
    identified: false,
    unanswered: before?.unanswered ?? { until: 0 },
    order: before?.order ?? 0,
    attempts: 0,
    unsettled: 0,
  };
}

/** One record being worked on by this process. */
export interface Work {
  readonly host: Host;
  readonly plugin: Plugin;
  readonly entity: Entity;
  readonly lease: Lease;
  readonly memory: Memory;
  readonly mark: string;
  readonly callers: readonly CallerIdentity[];
  /** For looking: not limited by the lease, since it changes nothing. */
  readonly reading: Context;
  /** For writing: every attempt must end within the lease. */
  readonly writing: Context;
  /** Whether the rest of dwells is left out, since this process must end. */
  readonly hurry: boolean;
  /** Events that are not stored yet. */
  readonly events: RecordEvent[];
}

export function contextFor(host: Host, entity: Entity, session: Session, mark: string, guard: CallGuard): Context {
  const region = entity.region === '' ? iamRegion(entity.partition, 'us-east-1') : entity.region;
  const watched: CallGuard = {
    before(call) {
      guard.before(call);
      host.onCall?.(call, entity.account);
    },
    unanswered: (call) => guard.unanswered(call),
  };
  return {
    client: <C extends AwsClient>(Client: AwsClientClass<C>, other?: string): C =>
      session.client(Client, other ?? region, watched),
    mark,
  };
}

export function writingGuard(lease: Lease): CallGuard {
  return { before: (call) => lease.checkAttempt(call.action), unanswered: () => lease.unanswered() };
}

/** Notes an event: told at once, stored with the next write of the record. */
export function note(work: Work, what: EventKind, text: string): void {
  const event = eventOf(work, what, text);
  work.events.push(event);
  work.host.observe?.(event, work.lease.record);
}

function eventOf(work: Work, what: EventKind, text: string): RecordEvent {
  return { at: isoTime(work.host.clock.now()), what, text };
}

type Changing = (record: ContainmentRecord) => ContainmentRecord;

/** Stores a change of the record, with the events noted since. */
export async function save(work: Work, change: Changing): Promise<void> {
  await storeWith(work, work.lease.save, [], change);
}

/** Stores a last change and gives the lease up. `last` is told only once that is stored. */
export async function giveUp(work: Work, last: Pick<RecordEvent, 'what' | 'text'> | undefined, change: Changing): Promise<void> {
  await storeWith(work, work.lease.giveUp, last === undefined ? [] : [eventOf(work, last.what, last.text)], change);
}

/** Archives the record. `last` is told only once that is done. */
export async function close(work: Work, last: Pick<RecordEvent, 'what' | 'text'>, change: Changing): Promise<void> {
  await storeWith(work, work.lease.close, [eventOf(work, last.what, last.text)], change);
}

/** Events stay noted until they are stored: a change is made again where somebody else has written first. */
async function storeWith(
  work: Work,
  store: (change: Changing) => Promise<void>,
  last: readonly RecordEvent[],
  change: Changing,
): Promise<void> {
  const noted = work.events.length;
  await store((record) => {
    const changed = change(record);
    return { ...changed, events: bounded([...changed.events, ...work.events.slice(0, noted), ...last]) };
  });
  work.events.splice(0, noted);
  for (const event of last) work.host.observe?.(event, work.lease.record);
}

/** A record's timeline is bounded: what an attacker provokes must not fill the ledger. */
function bounded(events: readonly RecordEvent[]): readonly RecordEvent[] {
  const most = 500;
  return events.length <= most ? events : [...events.slice(0, most / 2), ...events.slice(-most / 2)];
}

/** The mark of another ledger that the entity carries now. */
export function foreignMark({ markedBy }: Observed<unknown>, own: string | undefined): string | undefined {
  return markedBy === own ? undefined : markedBy;
}

/** The mark of another ledger that the entity carries, or carried when this record looked at it first. */
export function otherMark(work: Work, observed: Observed<unknown>): string | undefined {
  return foreignMark(observed, work.mark) ?? work.lease.record.markedBy;
}

export function settingOf(plugin: Plugin, name: string): Setting<unknown, Json> {
  const setting = (plugin.settings as { readonly [setting: string]: Setting<unknown, Json> })[name];
  if (setting === undefined) {
    throw new LockdownError('failed', {
      code: 'unknown-setting',
      message: `The plugin ${plugin.manifest.id} has no setting ${name}, which the ledger knows.`,
      next: 'Use the version of the plugin that the record names, or a newer one.',
      transient: false,
    });
  }
  return setting;
}

/** A value from the ledger, checked before it goes to AWS. */
export function checkedValue(plugin: Plugin, target: Target, value: Json): Json {
  const setting = settingOf(plugin, target.setting);
  if ((value === null && setting.marked === true) || passes(setting.value, value)) return value;
  throw new LockdownError('failed', {
    code: 'bad-value',
    message: `The ledger has a value for ${target.setting} of ${target.on} that the setting does not know.`,
    on: target.on,
    next: 'Look at the ledger object; it was changed by hand, or written by another version of the plugin.',
    transient: false,
  });
}

/** Gives the record up until somebody must come back to it. */
export async function comeBack(work: Work, next: Next): Promise<Progress> {
  await giveUp(work, undefined, (record) => ({ ...record, next }));
  return { record: work.lease.record, next };
}

/** The next attempt, later each time: half a second to eight seconds. */
export function backOff(work: Work, why: string): Next {
  const wait = Math.min(500 * 2 ** Math.min(work.memory.attempts, 4), 8_000);
  work.memory.attempts += 1;
  return { at: isoTime(work.host.clock.now() + wait), why };
}
