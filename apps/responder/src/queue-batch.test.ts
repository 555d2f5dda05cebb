import { expect, test } from 'vitest';
import type { Handled } from './containing.ts';
import { handleBatch } from './queue-batch.ts';

const id = (last: string): string => `0123456789abcdef-abcdefg${last}`;
const record = (last: string, count: number) => ({
  messageId: `message-${last}`,
  receiptHandle: `receipt-${last}`,
  body: JSON.stringify({ version: 1, kind: 'record', record: id(last) }),
  attributes: { ApproximateReceiveCount: String(count) },
});

test('each of a batch is answered for by itself, and comes back the later the more often it came', async () => {
  const repeated = new Map<string, boolean>();
  const putOff = new Map<string, number>();
  const goOn = async (recordId: string, isRepeated: boolean): Promise<Handled> => {
    repeated.set(recordId, isRepeated);
    if (recordId === id('a') || recordId === id('c')) throw new Error('a test');
    return 'done';
  };
  const { batchItemFailures } = await handleBatch(
    [record('a', 1), record('b', 2), record('c', 3)],
    { goOn, begin: unexpected, lookAfter: unexpected, observe() {}, quiet: async () => {} },
    {
      send: unexpected,
      comeBackIn: async (receipt, seconds) => {
        putOff.set(receipt, seconds);
      },
    },
    { info() {}, warn() {}, error() {} },
  );
  expect(batchItemFailures).toEqual([{ itemIdentifier: 'message-a' }, { itemIdentifier: 'message-c' }]);
  expect([...repeated.values()]).toEqual([false, true, true]);
  expect(putOff).toEqual(
    new Map([
      ['receipt-a', 15],
      ['receipt-c', 240],
    ]),
  );
});

function unexpected(): never {
  throw new Error('Only records are gone on with here.');
}
