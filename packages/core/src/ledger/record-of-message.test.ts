import { expect, test } from 'vitest';
import { memoryStore } from '../store/memory-store.ts';
import { countedIds } from '../testing/toy-host.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { ContainmentRecord } from './record.ts';
import { recordOfMessage } from './record-of-message.ts';

const key = 'toy.box:aws:111122223333:red';
const other = 'toy.box:aws:111122223333:blue';

function recordFor(ledger: Ledger, entityKey: string, made: Partial<ContainmentRecord>): ContainmentRecord {
  const entity = { key: 'k', arn: 'arn:aws:toy:::box/red', partition: 'aws', account: '111122223333', region: '', name: 'red' };
  return {
    id: ledger.newRecordId(entityKey),
    entityKey,
    entity,
    plugin: { id: 'toy.box', package: 'toy', version: '1.0.0' },
    state: 'containing',
    holds: {},
    handled: [],
    owner: { id: 'me', until: 0 },
    epoch: 1,
    prev: 0,
    targets: [],
    warnings: [],
    failures: [],
    events: [],
    ...made,
  };
}

const holds = (message: string): ContainmentRecord['holds'] => ({
  default: { by: 'me', at: '2026-11-24T03:04:05Z', options: {}, messages: [message] },
});

function setUp(): { ledger: Ledger; find: (message: string) => Promise<ContainmentRecord | undefined> } {
  const store = memoryStore({});
  const ledger = createLedger(store, countedIds('a'));
  return { ledger, find: (message) => recordOfMessage(store, ledger, key, message) };
}

test('there is none before the message was handled, whatever else there is', async () => {
  const { ledger, find } = setUp();
  expect(await find('m1')).toBeUndefined();
  await ledger.createOpen(recordFor(ledger, key, { holds: holds('m2') }));
  await ledger.archive(recordFor(ledger, other, { holds: holds('m1') }));
  await ledger.archive(recordFor(ledger, key, { state: 'released', handled: ['m0'] }));
  expect(await find('m1')).toBeUndefined();
});

test('an open one is found by its hold, and after its hold was dropped', async () => {
  const { ledger, find } = setUp();
  const record = recordFor(ledger, key, { holds: holds('m1'), handled: ['m0'] });
  await ledger.createOpen(record);
  expect(await find('m1')).toEqual(record);
  expect(await find('m0')).toEqual(record);
});

test('one that has ended is found beside an open one of another message', async () => {
  const { ledger, find } = setUp();
  const refused = recordFor(ledger, key, { state: 'refused', holds: holds('m1') });
  const released = recordFor(ledger, key, { state: 'released', handled: ['m0'] });
  await ledger.archive(refused);
  await ledger.archive(released);
  await ledger.createOpen(recordFor(ledger, key, { holds: holds('m2') }));
  expect(await find('m1')).toEqual(refused);
  expect(await find('m0')).toEqual(released);
});
