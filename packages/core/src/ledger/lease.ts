import type { Clock } from '../clock.ts';
import { DeadlineExceeded } from '../failure.ts';
import { StoreConflict } from '../store/object-store.ts';
import type { Ledger, Stored } from './ledger.ts';
import type { ContainmentRecord, Owner } from './record.ts';
import { type Claim, Superseded } from './resource.ts';

/** How long an owner has a record to itself without renewing. */
export const leaseMs: number = 30_000;
/** The longest that one attempt of a call to AWS or to the ledger may take. Hosts set their clients' time-outs to it. */
export const callMs: number = 8_000;
/** How far the clocks of two machines may be apart. */
export const skewMs: number = 5_000;
/** A phase of work starts with at least this much of the lease left. */
const phaseMs = 18_000;

/** This process, and what it knows of others. */
export interface Owners {
  /** Unique to this dispatcher of this process. */
  readonly me: string;
  /** Whether an owner is known to be dead: same machine, process gone. */
  isDead(id: string): boolean;
}

/**
 * The record as its new owner holds it, or undefined where a living owner has it. Pure.
 *
 * @param seenSince when this process first saw the lease as it is: no lease lasts longer than that and a whole one more
 */
export function takeOver(
  record: ContainmentRecord,
  owners: Owners,
  now: number,
  { evenFromTheLiving = false, seenSince = now }: { readonly evenFromTheLiving?: boolean; readonly seenSince?: number } = {},
): ContainmentRecord | undefined {
  const { owner } = record;
  const mine: Owner = { id: owners.me, until: now + leaseMs };
  if (owner.id === owners.me) return { ...record, owner: mine };
  const dead = owners.isDead(owner.id);
  // Whatever the clocks say: a lease that was not renewed for as long as one lasts has ended.
  const end = Math.min(owner.until, seenSince + leaseMs) + skewMs;
  const ended = owner.until === 0 || dead || now >= end;
  if (!ended && !evenFromTheLiving) return undefined;
  const prev = owner.until === 0 || dead ? record.prev : Math.max(record.prev, end);
  return { ...record, owner: mine, epoch: record.epoch + 1, prev };
}

/** The right to work on a record: all writes of the record go through it. */
export interface Lease {
  readonly record: ContainmentRecord;
  /** Applies a change to the record and stores it, with the lease renewed. Throws Superseded where somebody else owns it now. */
  save(change: (record: ContainmentRecord) => ContainmentRecord): Promise<void>;
  /** Renews where little is left. */
  ensure(): Promise<void>;
  /** Stores a last change and gives the lease up; where a call had no answer, lets it run out. */
  giveUp(change: (record: ContainmentRecord) => ContainmentRecord): Promise<void>;
  /** Archives the record and deletes it from the open ones. */
  close(change: (record: ContainmentRecord) => ContainmentRecord): Promise<void>;
  /** Throws DeadlineExceeded where an attempt started now could end after the lease. */
  checkAttempt(what: string): void;
  /** To be told of a call that had no answer. */
  unanswered(): void;
  /** When all unanswered calls must have ended, in milliseconds since the epoch; 0 where there was none. */
  unansweredUntil(): number;
  claim(): Claim;
}

/** When all calls of this process that had no answer must have ended, in milliseconds since the epoch: it outlives one lease. */
export interface Unanswered {
  until: number;
}

export function leaseOn(
  ledger: Ledger,
  stored: Stored<ContainmentRecord>,
  owners: Owners,
  clock: Clock,
  unanswered: Unanswered,
): Lease {
  let { value: record, tag } = stored;

  const notAfter = () => ({ notAfter: record.owner.until });

  async function put(change: (current: ContainmentRecord) => ContainmentRecord, owner: () => Owner): Promise<void> {
    for (;;) {
      const changed = { ...change(record), owner: owner() };
      try {
        tag = await ledger.replaceOpen(changed, tag, notAfter());
        record = changed;
        return;
      } catch (error) {
        if (!(error instanceof StoreConflict)) throw error;
        await refresh();
      }
    }
  }

  /** Somebody else wrote: a hold more or less is fine, another owner is not. */
  async function refresh(): Promise<void> {
    const now = await ledger.open(record.entityKey);
    if (now === undefined || now.value.id !== record.id || now.value.epoch !== record.epoch || now.value.owner.id !== owners.me)
      throw new Superseded();
    record = now.value;
    tag = now.tag;
  }

  const renewed = (): Owner => ({ id: owners.me, until: clock.now() + leaseMs });

  return {
    get record() {
      return record;
    },
    save: (change) => put(change, renewed),
    async ensure() {
      if (record.owner.until - clock.now() < phaseMs) await put((current) => current, renewed);
    },
    giveUp: (change) => put(change, () => ({ id: owners.me, until: unanswered.until > clock.now() ? unanswered.until : 0 })),
    async close(change) {
      const closed = change(record);
      await ledger.archive(closed);
      try {
        await ledger.deleteOpen(record, tag, notAfter());
      } catch (error) {
        // A newcomer has asked for containment meanwhile: the record lives on, and its next end overwrites the archive.
        if (error instanceof StoreConflict) throw new Superseded();
        throw error;
      }
      record = closed;
    },
    checkAttempt(what) {
      if (clock.now() + callMs > record.owner.until) throw new DeadlineExceeded(what);
    },
    unanswered() {
      unanswered.until = Math.max(unanswered.until, record.owner.until);
    },
    unansweredUntil: () => unanswered.until,
    claim: () => ({
      record: record.id,
      entity: record.entityKey,
      epoch: record.epoch,
      until: record.owner.until,
      now: clock.now(),
    }),
  };
}
