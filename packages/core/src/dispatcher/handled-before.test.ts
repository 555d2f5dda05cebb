import { describe, expect, test } from 'vitest';
import type { ContainmentRecord } from '../ledger/record.ts';
import { box, dump } from '../testing/toy-cloud.ts';
import type { ToyHost } from '../testing/toy-host.ts';
import { settled, setUp, type ToySetup } from '../testing/toy-setup.ts';
import { recordHandledInstead } from './handled-before.ts';

const red = box('red');

/** An entity that one message had contained, and a person has released. */
async function releasedOnce(): Promise<{ readonly of: ToySetup; readonly first: string; readonly before: object }> {
  const of = setUp();
  const before = dump(of.cloud);
  const { record } = await of.contain(red, { message: 'm-1' });
  await of.release(red);
  of.cloud.writes.length = 0;
  return { of, first: record.id, before };
}

/** A process that ends when it learns whether its message was handled before. */
function diesInTheQuestion(of: ToySetup): ToyHost {
  return of.another('process-b', {
    beforeStore: ({ operation, key }) => (operation === 'get' && key.startsWith('past/') ? new Promise(() => {}) : undefined),
  });
}

describe('a message that was handled before', () => {
  test('leaves nothing in AWS, and in the ledger no more than that it was asked again', async () => {
    const { of, first, before } = await releasedOnce();
    const objects = new Map(of.objects);
    const again = await of.contain(red, { message: 'm-1' });
    expect([again.record.id, again.record.state]).toEqual([first, 'released']);
    expect([dump(of.cloud), of.cloud.writes]).toEqual([before, []]);
    const [left = '', ...others] = [...of.objects.keys()].filter((key) => !objects.has(key));
    expect(others).toEqual([]);
    const { value } = (await of.ledger.archived(left.replace('records/', ''))) ?? {};
    expect(value).toMatchObject({ state: 'refused', holds: {}, failures: [{ code: 'handled-before' }] });
    expect(value?.failures[0]?.message).toContain(first);
  });

  test('whose record somebody has heard of: it is found as ended', async () => {
    const { of } = await releasedOnce();
    void diesInTheQuestion(of).dispatcher.contain({ arn: red, by: 'test', message: 'm-1' });
    await settled();
    const [opened] = await of.ledger.allOpen();
    of.clock.turn(60_000);
    for (const state of ['released', 'refused']) expect((await of.dispatcher.advance(opened?.id ?? '')).record.state).toBe(state);
  });

  test('whose process dies before it knows that: nobody else contains by it', async () => {
    const { of, first, before } = await releasedOnce();
    void diesInTheQuestion(of).dispatcher.contain({ arn: red, by: 'test', message: 'm-1' });
    await settled();
    const [opened] = await of.ledger.allOpen();
    expect(opened?.state).toBe('containing');
    of.clock.turn(60_000);
    const found = await of.dispatcher.advance(opened?.id ?? '');
    expect([found.record.id, found.record.state]).toEqual([first, 'released']);
    expect([dump(of.cloud), of.cloud.writes, await of.ledger.allOpen()]).toEqual([before, [], []]);
  });

  test('whose process dies then, in a record that a new one has joined: it is contained for the new one', async () => {
    const { of } = await releasedOnce();
    void diesInTheQuestion(of).dispatcher.contain({ arn: red, by: 'test', message: 'm-1' });
    await settled();
    of.clock.turn(60_000);
    const { record } = await of.contain(red, { message: 'm-2' });
    expect([record.state, record.holds.default?.messages]).toEqual(['contained', ['m-1', 'm-2']]);
  });

  test('whose record somebody joins in that moment: its process goes on for them', async () => {
    const { of } = await releasedOnce();
    let asked = () => {};
    const question = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const late = of.another('process-b', {
      beforeStore: ({ operation, key }) => (operation === 'get' && key.startsWith('past/') ? question : undefined),
    });
    const again = late.contain(red, { message: 'm-1' });
    await settled();
    const joined = await of.dispatcher.contain({ arn: red, by: 'test', message: 'm-2' });
    expect(joined.busy).toBe(true);
    asked();
    expect((await again).record).toMatchObject({ id: joined.record.id, state: 'contained' });
  });

  test('whose hold was dropped, while another stays: it holds nothing again', async () => {
    const { contain, release, dispatcher } = setUp();
    await contain(red, { message: 'm-1', incident: 'one' });
    await contain(red, { message: 'm-2', incident: 'two' });
    await release(red, { incident: 'one' });
    const again = await dispatcher.contain({ arn: red, by: 'test', message: 'm-1', incident: 'one' });
    expect([again.record.state, Object.keys(again.record.holds)]).toEqual(['contained', ['two']]);
  });

  test('whose release is under way: it is released', async () => {
    const of = setUp();
    const before = dump(of.cloud);
    await of.contain(red, { message: 'm-1' });
    const stops = of.another('process-b', {
      beforeStore: ({ operation, key }) =>
        operation === 'put' && key.startsWith('resources/') ? new Promise(() => {}) : undefined,
    });
    void stops.dispatcher.release({ target: red, by: 'test' });
    await settled();
    const again = await of.dispatcher.contain({ arn: red, by: 'test', message: 'm-1' });
    expect(again.record.state).toBe('releasing');
    of.clock.turn(60_000);
    await of.release(red);
    expect(dump(of.cloud)).toEqual(before);
  });
});

test.each([
  ['was looked at', { lookedAt: 1 }],
  ['is being released', { state: 'releasing' as const }],
  ['a person holds as well', { holds: { default: { messages: ['m-1'] }, other: { messages: [] } } }],
])('a record that %s is never taken back, whatever its messages are', async (_, more) => {
  const { of } = await releasedOnce();
  void diesInTheQuestion(of).dispatcher.contain({ arn: red, by: 'test', message: 'm-1' });
  await settled();
  const [opened] = await of.ledger.allOpen();
  const record = { ...opened, ...more } as ContainmentRecord;
  expect(await recordHandledInstead(of.ledger, opened as ContainmentRecord)).toBeDefined();
  expect(await recordHandledInstead(of.ledger, record)).toBeUndefined();
});

test.each(['constructor', '__proto__', 'toString'])('a message called %s was not handled before', async (message) => {
  const { contain, release } = setUp();
  await contain(red, { message: 'm-1' });
  await release(red);
  expect((await contain(red, { message })).record.state).toBe('contained');
});

test('what must be so before the first write is waited for, whether it succeeds or not', async () => {
  for (const end of ['resolve', 'reject'] as const) {
    const { cloud, dispatcher } = setUp();
    const { promise, ...how } = Promise.withResolvers<void>();
    const containing = dispatcher.contain({ arn: red, by: 'test' }, { after: promise });
    await settled();
    expect(cloud.writes).toEqual([]);
    how[end]();
    await containing;
    expect(cloud.writes.length).toBeGreaterThan(0);
  }
});
