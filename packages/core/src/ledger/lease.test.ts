import { describe, expect, test } from 'vitest';
import { DeadlineExceeded } from '../failure.ts';
import { memoryStore, type StoreCall } from '../store/memory-store.ts';
import { StoreDeadline } from '../store/object-store.ts';
import { countedIds, type ToyClock, toyClock } from '../testing/toy-host.ts';
import { callMs, type Lease, leaseMs, leaseOn, type Owners, skewMs, takeOver } from './lease.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { ContainmentRecord, Owner } from './record.ts';
import { Superseded } from './resource.ts';

const now = 1_000_000;
const me: Owners = { me: 'me', isDead: (id) => id === 'dead' };

function recordOf(owner: Owner, more: Partial<ContainmentRecord> = {}): ContainmentRecord {
  return {
    id: '0123456789abcdef-aaaaaaaa',
    entityKey: 'toy.box:aws:111122223333:red',
    entity: {
      key: 'k',
      arn: 'arn:aws:toy::111122223333:box/red',
      partition: 'aws',
      account: '111122223333',
      region: '',
      name: 'red',
    },
    plugin: { id: 'toy.box', package: 'toy', version: '1.0.0' },
    state: 'containing',
    holds: {},
    handled: [],
    owner,
    epoch: 3,
    prev: 0,
    targets: [],
    warnings: [],
    failures: [],
    events: [],
    ...more,
  };
}

describe('taking a record over', () => {
  const mine = { id: 'me', until: now + leaseMs };

  test('one’s own goes on in its epoch', () => {
    expect(takeOver(recordOf({ id: 'me', until: now + 1 }), me, now)).toMatchObject({ owner: mine, epoch: 3, prev: 0 });
  });

  test('a living owner’s is not taken, until its lease and the difference of two clocks are over', () => {
    const living = recordOf({ id: 'other', until: now });
    expect(takeOver(living, me, now + skewMs - 1)).toBeUndefined();
    expect(takeOver(living, me, now + skewMs)).toMatchObject({ owner: { id: 'me' }, epoch: 4, prev: now + skewMs });
  });

  test('but for a release it is, and what the owner may still write is waited for', () => {
    const living = recordOf({ id: 'other', until: now + 20_000 });
    expect(takeOver(living, me, now, { evenFromTheLiving: true })).toMatchObject({
      owner: mine,
      epoch: 4,
      prev: now + 20_000 + skewMs,
    });
  });

  test('of a dead owner nothing is waited for', () => {
    expect(takeOver(recordOf({ id: 'dead', until: now + 20_000 }), me, now)).toMatchObject({ owner: mine, epoch: 4, prev: 0 });
  });

  test('nor of one that gave it up', () => {
    expect(takeOver(recordOf({ id: 'other', until: 0 }), me, now)).toMatchObject({ owner: mine, epoch: 4, prev: 0 });
  });

  test('what an owner before that may still write stays remembered', () => {
    const prev = now + 9_000;
    expect(takeOver(recordOf({ id: 'dead', until: now + 20_000 }, { prev }), me, now)?.prev).toBe(prev);
    expect(takeOver(recordOf({ id: 'other', until: now - skewMs }, { prev }), me, now)?.prev).toBe(prev);
  });
});

interface Held {
  readonly lease: Lease;
  readonly ledger: Ledger;
  readonly clock: ToyClock;
  readonly objects: Map<string, string>;
  before?: (call: StoreCall) => void;
  current(): Promise<ContainmentRecord>;
}

/** A lease that began just now. */
async function hold(more: Partial<ContainmentRecord> = {}): Promise<Held> {
  const clock = toyClock();
  const objects = new Map<string, string>();
  const held: { before?: (call: StoreCall) => void } = {};
  const store = memoryStore({ objects, now: clock.now, before: (call) => held.before?.(call) });
  const ledger = createLedger(store, countedIds('a'));
  const value = recordOf({ id: 'me', until: clock.now() + leaseMs }, more);
  const tag = await ledger.createOpen(value);
  return Object.assign(held, {
    lease: leaseOn(ledger, { value, tag }, me, clock, { until: 0 }),
    ledger,
    clock,
    objects,
    current: async () => {
      const found = await ledger.open(value.entityKey);
      if (found === undefined) throw new Error('no record');
      return found.value;
    },
  });
}

/** Changes the record as another process would. */
async function meddle({ ledger, lease }: Held, change: (record: ContainmentRecord) => ContainmentRecord): Promise<void> {
  const found = await ledger.open(lease.record.entityKey);
  if (found !== undefined) await ledger.replaceOpen(change(found.value), found.tag);
}

const partial = (record: ContainmentRecord): ContainmentRecord => ({ ...record, state: 'partial' });

describe('a lease', () => {
  test('is renewed with each write', async () => {
    const held = await hold();
    held.clock.turn(20_000);
    await held.lease.save(partial);
    expect(await held.current()).toMatchObject({ state: 'partial', owner: { id: 'me', until: held.clock.now() + leaseMs } });
  });

  test('is renewed before a phase of work where little is left, and only there', async () => {
    const held = await hold();
    const until = held.lease.record.owner.until;
    held.clock.turn(leaseMs - 18_000);
    await held.lease.ensure();
    expect(held.lease.record.owner.until).toBe(until);
    held.clock.turn(1);
    await held.lease.ensure();
    expect(held.lease.record.owner.until).toBe(held.clock.now() + leaseMs);
  });

  test('allows no attempt that could end after it', async () => {
    const held = await hold();
    held.clock.turn(leaseMs - callMs);
    held.lease.checkAttempt('toy:SetPower');
    held.clock.turn(1);
    expect(() => held.lease.checkAttempt('toy:SetPower')).toThrow(DeadlineExceeded);
  });

  test('allows no write to the ledger after it either', async () => {
    const held = await hold();
    held.clock.turn(leaseMs + 1);
    await expect(held.lease.save(partial)).rejects.toBeInstanceOf(StoreDeadline);
    await expect(held.lease.giveUp(partial)).rejects.toBeInstanceOf(StoreDeadline);
    await expect(held.lease.close(partial)).rejects.toBeInstanceOf(StoreDeadline);
    expect((await held.current()).state).toBe('containing');
  });

  test('goes on over what others may write: a hold more', async () => {
    const held = await hold();
    const hold2 = { by: 'x', at: 'x', options: {}, messages: [] };
    await meddle(held, (record) => ({ ...record, holds: { second: hold2 } }));
    await held.lease.save(partial);
    expect(await held.current()).toMatchObject({ state: 'partial', holds: { second: hold2 } });
  });

  test.each([
    ['another owner', (record: ContainmentRecord) => ({ ...record, owner: { id: 'other', until: 1 } })],
    ['a later epoch', (record: ContainmentRecord) => ({ ...record, epoch: 4 })],
    ['another record of the entity', (record: ContainmentRecord) => ({ ...record, id: 'fedcba9876543210-bbbbbbbb' })],
  ])('ends with %s', async (_, change) => {
    const held = await hold();
    await meddle(held, change);
    await expect(held.lease.save(partial)).rejects.toBeInstanceOf(Superseded);
    expect((await held.current()).state).toBe('containing');
  });

  test('ends with the record', async () => {
    const held = await hold();
    held.objects.clear();
    await expect(held.lease.save(partial)).rejects.toBeInstanceOf(Superseded);
  });

  test('is given up, so that the next process need not wait', async () => {
    const held = await hold();
    await held.lease.giveUp(partial);
    expect(await held.current()).toMatchObject({ state: 'partial', owner: { id: 'me', until: 0 } });
  });

  test('but not with an unanswered call, which may still land', async () => {
    const held = await hold();
    const until = held.lease.record.owner.until;
    held.lease.unanswered();
    expect(held.lease.unansweredUntil()).toBe(until);
    held.clock.turn(1_000);
    await held.lease.save(partial);
    await held.lease.giveUp(partial);
    expect((await held.current()).owner).toEqual({ id: 'me', until });
  });

  test('an unanswered call of a lease that has run out holds nothing up', async () => {
    const held = await hold();
    held.lease.unanswered();
    held.clock.turn(20_000);
    await held.lease.save(partial);
    held.clock.turn(20_000);
    await held.lease.giveUp(partial);
    expect((await held.current()).owner.until).toBe(0);
  });

  test('closes: the record is archived before it is gone from the open ones', async () => {
    const held = await hold();
    const order: string[] = [];
    held.before = ({ operation, key }) => {
      if (operation !== 'get') order.push(`${operation} ${key.split('/')[0]}`);
    };
    const { id } = held.lease.record;
    await held.lease.close((record) => ({ ...record, state: 'released' }));
    expect(order).toEqual(['put records', 'delete open']);
    expect((await held.ledger.archived(id))?.value.state).toBe('released');
    expect(await held.ledger.openById(id)).toBeUndefined();
    expect(held.lease.record.state).toBe('released');
  });

  test('a hold that came in while it closed keeps the record alive', async () => {
    const held = await hold();
    await meddle(held, (record) => ({ ...record, holds: { second: { by: 'x', at: 'x', options: {}, messages: [] } } }));
    await expect(held.lease.close((record) => ({ ...record, state: 'released' }))).rejects.toBeInstanceOf(Superseded);
    expect(await held.current()).toMatchObject({ state: 'containing', holds: { second: {} } });
  });

  test('claims entries with its epoch and its deadline', async () => {
    const held = await hold();
    const { record, clock } = { record: held.lease.record, clock: held.clock };
    expect(held.lease.claim()).toEqual({
      record: record.id,
      entity: record.entityKey,
      epoch: 3,
      until: record.owner.until,
      now: clock.now(),
    });
  });
});
