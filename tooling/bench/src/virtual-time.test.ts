import { expect, test } from 'vitest';
import { virtualTime } from './virtual-time.ts';

test('calls one after another take as long as their sum, calls side by side as long as the longest chain', async () => {
  const time = virtualTime(0);
  const ended: { [call: string]: number } = {};
  const call = (name: string) =>
    time.during(async () => {
      await time.passing(1);
      ended[name] = time.now();
    });
  await time.run(async () => {
    await Promise.all([call('assume'), call('open')]);
    const slow = call('read').then(() => call('read on'));
    await call('save');
    await call('write');
    await slow;
    await call('read back');
  });
  expect(ended).toEqual({ assume: 1, open: 1, read: 2, save: 2, 'read on': 3, write: 3, 'read back': 4 });
});

test('time stands still while a call is prepared, however long that takes', async () => {
  const time = virtualTime(0);
  const ended: number[] = [];
  const call = (turns: number) =>
    time.during(async () => {
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await time.passing(1);
      ended.push(time.now());
    });
  await time.run(() => Promise.all([call(0), call(500)]));
  expect(ended).toEqual([1, 1]);
});

test('a sleep passes at once when nothing else is under way', async () => {
  const time = virtualTime(1_000);
  const woken = await time.run(async () => {
    await time.sleep(60_000);
    return time.now();
  });
  expect(woken).toBe(61_000);
});

test('work that waits for nothing is an error, not a test that hangs', async () => {
  await expect(virtualTime(0).run(() => new Promise(() => {}))).rejects.toThrow('nothing will happen');
});

test('what the work throws is thrown', async () => {
  const time = virtualTime(0);
  const failing = async () => {
    await time.sleep(1);
    throw new Error('denied');
  };
  await expect(time.run(failing)).rejects.toThrow('denied');
});
