import { expect, it } from 'vitest';
import { memoryStore, type StoreCall } from './memory-store.ts';
import { StoreDeadline } from './object-store.ts';
import { describeStore } from './testing/describe-store.ts';

describeStore('a store in memory', async () => {
  const objects = new Map<string, string>();
  return { open: ({ now }) => memoryStore({ objects, now }) };
});

it('waits at the gate, and looks at the clock behind it', async () => {
  let clock = 0;
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const objects = new Map<string, string>();
  const store = memoryStore({ objects, now: () => clock, before: () => gate });
  const put = store.put('open/a', '1', { absent: true }, { notAfter: 10 });
  clock = 11;
  open();
  await expect(put).rejects.toThrow(StoreDeadline);
  expect(objects.size).toBe(0);
});

it('loses the answer, not the write, where the hook after it throws', async () => {
  const calls: StoreCall[] = [];
  const objects = new Map<string, string>();
  const store = memoryStore({
    objects,
    after: (call) => {
      calls.push(call);
      throw new Error('lost');
    },
  });
  await expect(store.put('open/a', '1', { absent: true })).rejects.toThrow('lost');
  expect(objects.get('open/a')).toBe('1');
  expect(calls).toEqual([{ operation: 'put', key: 'open/a', body: '1' }]);
});
