import { describe, expect, test } from 'vitest';
import { memoryStore, type StoreCall } from '../store/memory-store.ts';
import { StoreConflict, StoreFault } from '../store/object-store.ts';
import { countedIds } from '../testing/toy-host.ts';
import { createLedger, isRecordId, type Ledger } from './ledger.ts';
import type { ContainmentRecord } from './record.ts';

const key = 'toy.box:aws:111122223333:red';

function ledgerOn(objects = new Map<string, string>()): { ledger: Ledger; objects: Map<string, string> } {
  return { ledger: createLedger(memoryStore({ objects }), countedIds('a')), objects };
}

function recordFor(ledger: Ledger, entityKey = key): ContainmentRecord {
  return {
    id: ledger.newRecordId(entityKey),
    entityKey,
    entity: {
      key: 'k',
      arn: 'arn:aws:toy::111122223333:box/red',
      partition: 'aws',
      account: '111122223333',
      region: '',
      name: 'red',
    },
    plugin: { id: 'toy.box', package: 'toy', version: '1.0.0' },
    state: 'contained',
    holds: {},
    handled: [],
    owner: { id: 'me', until: 0 },
    epoch: 1,
    prev: 0,
    targets: [{ setting: 'toy.power', on: 'x', title: 't', path: ['off'], stage: 0, dwell: 0 }],
    warnings: [],
    failures: [],
    events: [],
  };
}

async function faultOf(attempt: Promise<unknown>): Promise<StoreFault> {
  const thrown = await attempt.catch((error: unknown) => error);
  if (!(thrown instanceof StoreFault)) throw new Error(`no fault: ${String(thrown)}`);
  return thrown;
}

/** Changes the stored object of a kind, as somebody with an editor would. */
function edit(objects: Map<string, string>, prefix: string, change: (value: { [name: string]: unknown }) => unknown): void {
  const at = [...objects.keys()].find((each) => each.startsWith(prefix)) ?? '';
  objects.set(at, JSON.stringify(change(JSON.parse(objects.get(at) ?? '{}'))));
}

test('what is stored comes back, at most once open for an entity', async () => {
  const { ledger } = ledgerOn();
  const record = recordFor(ledger);
  const tag = await ledger.createOpen(record);
  expect((await ledger.open(key))?.value).toEqual(record);
  expect((await ledger.openById(record.id))?.value).toEqual(record);
  await expect(ledger.createOpen({ ...recordFor(ledger), state: 'partial' })).rejects.toBeInstanceOf(StoreConflict);
  await ledger.replaceOpen({ ...record, epoch: 2 }, tag);
  await expect(ledger.replaceOpen({ ...record, epoch: 3 }, tag)).rejects.toBeInstanceOf(StoreConflict);
  await expect(ledger.deleteOpen(record, tag)).rejects.toBeInstanceOf(StoreConflict);
});

test('an id names its record, not whatever is open for the entity', async () => {
  const { ledger } = ledgerOn();
  const record = recordFor(ledger);
  await ledger.createOpen(record);
  expect(await ledger.openById(ledger.newRecordId(key))).toBeUndefined();
  expect(isRecordId(record.id)).toBe(true);
  for (const not of ['', 'red', record.id.toUpperCase(), `${record.id}x`, `../${record.id}`]) expect(isRecordId(not)).toBe(false);
});

test('the mark is made on first use, once, and kept', async () => {
  const { ledger, objects } = ledgerOn();
  expect(await ledger.existingMark()).toBeUndefined();
  expect(objects.size).toBe(0);
  const mark = await ledger.mark();
  expect(mark).toMatch(/^[a-z0-9]{12}$/);
  expect(await ledgerOn(objects).ledger.mark()).toBe(mark);
});

test('of two that make the ledger at once, both have the mark of the first', async () => {
  const objects = new Map<string, string>();
  const first = createLedger(memoryStore({ objects }), (length) => 'a'.repeat(length));
  const second = createLedger(memoryStore({ objects }), (length) => 'b'.repeat(length));
  expect(new Set(await Promise.all([first.mark(), second.mark()])).size).toBe(1);
});

test('a mark that cannot be stored is none, and is made anew the next time', async () => {
  const objects = new Map<string, string>();
  let isFull = true;
  const before = ({ operation }: StoreCall) => {
    if (isFull && operation === 'put') throw new StoreFault('unreachable', 'the disk is full', 'x');
  };
  const ledger = createLedger(memoryStore({ objects, before }), countedIds('a'));
  await expect(ledger.mark()).rejects.toThrow('the disk is full');
  isFull = false;
  const mark = await ledger.mark();
  expect(await ledgerOn(objects).ledger.mark()).toBe(mark);
});

test('a record that was closed while the open ones are listed is not among them', async () => {
  const objects = new Map<string, string>();
  await ledgerOn(objects).ledger.createOpen(recordFor(ledgerOn(objects).ledger));
  const before = ({ operation }: StoreCall) => {
    if (operation === 'get') objects.clear();
  };
  const kept = [...objects];
  for (const list of ['allOpen', 'allOpenOrFaults'] as const) {
    for (const [at, body] of kept) objects.set(at, body);
    expect(await createLedger(memoryStore({ objects, before }), countedIds('a'))[list]()).toEqual([]);
  }
});

test('the archive is written whether it is there or not', async () => {
  const { ledger } = ledgerOn();
  const record = recordFor(ledger);
  await ledger.archive(record);
  await ledger.archive({ ...record, state: 'released' });
  expect((await ledger.archived(record.id))?.value.state).toBe('released');
});

describe('what people and other programs did to it', () => {
  test.each([
    ['no JSON', () => 'x'],
    ['nothing', () => null],
    ['another kind of object', (value: object) => ({ ...value, kind: 'resource' })],
    ['no version', (value: object) => ({ ...value, version: undefined })],
    ['another record’s id', (value: object) => ({ ...value, id: 'x' })],
    ['no entity', (value: object) => ({ ...value, entity: {} })],
    ['no plugin', (value: object) => ({ ...value, plugin: undefined })],
    ['an unknown state', (value: object) => ({ ...value, state: 'done' })],
    ['no holds', (value: object) => ({ ...value, holds: null })],
    ['no lease', (value: object) => ({ ...value, owner: {} })],
    ['no list of failures', (value: object) => ({ ...value, failures: undefined })],
    ['a target without a path', (value: object) => ({ ...value, targets: [{ setting: 'a', on: 'b', path: [] }] })],
    ['a target whose path is none', (value: object) => ({ ...value, targets: [{ setting: 'a', on: 'b', path: 'off' }] })],
    ['a target of no setting', (value: object) => ({ ...value, targets: [{ on: 'b', path: ['off'] }] })],
    ['a target on nothing', (value: object) => ({ ...value, targets: [{ setting: 'a', path: ['off'] }] })],
    ['an id of another type', (value: object) => ({ ...value, id: 7 })],
    ['no key', (value: object) => ({ ...value, entityKey: undefined })],
    ['an entity without an ARN', (value: object) => ({ ...value, entity: { account: '111122223333' } })],
    ['an entity without an account', (value: object) => ({ ...value, entity: { arn: 'arn:aws:toy:::box/red' } })],
    ['holds that are none', (value: object) => ({ ...value, holds: 'one' })],
    ['no epoch', (value: object) => ({ ...value, epoch: undefined })],
    ['no end of what was before', (value: object) => ({ ...value, prev: '0' })],
    ['no list of targets', (value: object) => ({ ...value, targets: undefined })],
    ['no list of events', (value: object) => ({ ...value, events: {} })],
    ['no list of warnings', (value: object) => ({ ...value, warnings: null })],
    ['no list of messages', (value: object) => ({ ...value, handled: undefined })],
  ])('a record with %s is damaged, and said to be', async (_, change) => {
    const { ledger, objects } = ledgerOn();
    await ledger.createOpen(recordFor(ledger));
    edit(objects, 'open/', change);
    const fault = await faultOf(ledger.open(key));
    expect(fault.code).toBe('damaged');
    expect(fault.message).toMatch(/^open\/[0-9a-f]{16} in memory: is damaged: /);
    expect(fault.next).toMatch(/backup/);
  });

  test.each([
    ['no entries', (value: object) => ({ ...value, entries: null })],
    ['an entry without an original', (value: object) => ({ ...value, entries: { a: { wants: {}, phase: 'held', at: 0 } } })],
    ['no ARN', (value: object) => ({ ...value, arn: undefined })],
    ['entries that are none', (value: object) => ({ ...value, entries: 'x' })],
    ['an entry of no wants', (value: object) => ({ ...value, entries: { a: { from: null, phase: 'held', at: 0 } } })],
    ['an entry of no time', (value: object) => ({ ...value, entries: { a: { from: null, wants: {}, phase: 'held' } } })],
    ['an unknown phase', (value: object) => ({ ...value, entries: { a: { from: null, wants: {}, phase: 'x', at: 0 } } })],
  ])('a resource with %s is damaged: no original is guessed', async (_, change) => {
    const { ledger, objects } = ledgerOn();
    await ledger.putResource({ arn: 'a', entries: {} }, undefined);
    edit(objects, 'resources/', change);
    expect((await faultOf(ledger.resource('a'))).code).toBe('damaged');
  });

  test('a mark that is none is damaged: it is in the names of what we create', async () => {
    const { ledger, objects } = ledgerOn();
    await ledger.mark();
    edit(objects, 'ledger', (value) => ({ ...value, mark: '*' }));
    expect((await faultOf(ledgerOn(objects).ledger.mark())).code).toBe('damaged');
  });

  test('message ids that are none are damaged', async () => {
    const { ledger, objects } = ledgerOn();
    await ledger.putPast({ entityKey: key, messages: {} }, undefined);
    for (const messages of [7, null]) {
      edit(objects, 'past/', (value) => ({ ...value, messages }));
      expect((await faultOf(ledger.past(key))).code).toBe('damaged');
    }
  });

  test('what a newer version wrote is left to it', async () => {
    const { ledger, objects } = ledgerOn();
    await ledger.createOpen(recordFor(ledger));
    edit(objects, 'open/', (value) => ({ ...value, version: 2 }));
    expect(await faultOf(ledger.open(key))).toMatchObject({ code: 'newer', next: 'Use the newer version.' });
  });

  test('a damaged record hides no other from whoever lists them', async () => {
    const { ledger, objects } = ledgerOn();
    await ledger.createOpen(recordFor(ledger, 'other'));
    const [first] = objects.keys();
    await ledger.createOpen(recordFor(ledger));
    objects.set(first ?? '', '{');
    const all = await ledger.allOpenOrFaults();
    expect(all.filter((each) => each instanceof StoreFault)).toHaveLength(1);
    expect(all.filter((each) => !(each instanceof StoreFault))).toMatchObject([{ entityKey: key }]);
    await expect(ledger.allOpen()).rejects.toBeInstanceOf(StoreFault);
  });
});
