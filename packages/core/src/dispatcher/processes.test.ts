import { describe, expect, test } from 'vitest';
import { StoreFault } from '../store/object-store.ts';
import { answered, bolt, box, dump, gate, power, valueAt } from '../testing/toy-cloud.ts';
import type { ToyHost, ToyHostOptions } from '../testing/toy-host.ts';
import { type ToyParts, want } from '../testing/toy-plugin.ts';
import { settled, setUp, type ToySetup } from '../testing/toy-setup.ts';

const [red, blue] = [box('red'), box('blue')];

/** Holds the next call of this name back until it is let go; those after it pass. */
function holdBack({ cloud }: ToySetup, name: string): { go(): void } {
  let go: () => void = () => {};
  const gateway = new Promise<void>((resolve) => {
    go = resolve;
  });
  let held = false;
  cloud.before = (call) => {
    if (call.name !== name || held) return undefined;
    held = true;
    return gateway;
  };
  return { go: () => go() };
}

const shared: ToyParts = { plan: () => [{ title: 'cut', changes: [want(bolt('shared'), 'shut')] }] };
const byScope: ToyParts = {
  plan: (_now, { arn }, { scope }) => [
    {
      title: 'cut',
      changes: [want({ setting: 'toy.power', on: arn }, 'off'), ...(scope === 'room' ? [want(bolt('shared'), 'shut')] : [])],
    },
  ],
};
const slow: ToyParts = {
  plan: () => [
    { title: 'pass', changes: [want(gate('red'), 'open', { transit: true })], dwell: { seconds: 60, why: 'it passes' } },
    { title: 'close', changes: [want(gate('red'), 'closed')] },
  ],
};

describe('an owner that nobody hears of', () => {
  test('holds nobody up for longer than a lease, however far its clock is ahead', async () => {
    const of = setUp();
    const ahead = { now: () => of.clock.now() + 60 * 60_000, turn: of.clock.turn };
    holdBack(of, 'Look');
    void of.another('process-ahead', { clock: ahead }).dispatcher.contain({ arn: red, by: 'test' });
    await settled();
    const begun = of.clock.now();
    expect((await of.contain(red)).record.state).toBe('contained');
    expect(of.clock.now() - begun).toBeLessThan(60_000);
    expect(valueAt(of.cloud, power('red'))).toBe('off');
  });

  test('is not the one that renews its lease: that keeps the record, however long it is watched', async () => {
    const of = setUp();
    const { record } = await of.contain(red);
    const b = of.another('process-b');
    for (let seconds = 0; seconds < 120; seconds += 20) {
      const found = await of.ledger.openById(record.id);
      if (found === undefined) throw new Error('no record');
      const owner = { id: 'process-c', until: of.clock.now() + 30_000 };
      await of.ledger.replaceOpen({ ...found.value, owner }, found.tag);
      expect(await b.dispatcher.advance(record.id)).toMatchObject({ busy: true, record: { owner } });
      of.clock.turn(20_000);
    }
  });
});

describe('a call that is still on its way', () => {
  test('of the release that was stopped is waited for before anything is called contained', async () => {
    const of = setUp({ plan: () => [{ title: 'cut', changes: [want(power('red'), 'off')] }] });
    await of.contain(red);
    const late = holdBack(of, 'SetPower');
    const releasing = of.dispatcher.release({ target: red, by: 'test' });
    await settled();
    const begun = of.clock.now();
    const b = of.another('process-b');
    const again = await b.dispatcher.contain({ arn: red, by: 'test' });
    expect(again.record.owner.id).toBe('process-b');
    expect(again.record.state).toBe('containing');
    // The end of the lease in which it was sent: the last moment in which it may land.
    of.clock.turn(30_000);
    late.go();
    expect((await releasing).record.state).not.toBe('released');
    expect(valueAt(of.cloud, power('red'))).toBe('on');
    expect((await b.drive(again)).record.state).toBe('contained');
    expect(valueAt(of.cloud, power('red'))).toBe('off');
    expect(of.clock.now() - begun).toBeGreaterThan(35_000);
  });

  test('of the release of another entity that shares the resource is waited for too', async () => {
    const of = setUp(shared);
    await of.contain(blue);
    const late = holdBack(of, 'SetBolt');
    const releasing = of.dispatcher.release({ target: blue, by: 'test' });
    await settled();
    const b = of.another('process-b');
    const begun = await b.dispatcher.contain({ arn: red, by: 'test' });
    expect(begun.record.state).toBe('containing');
    of.clock.turn(30_000);
    late.go();
    await releasing;
    expect((await b.drive(begun)).record.state).toBe('contained');
    expect(valueAt(of.cloud, bolt('shared'))).toBe('shut');
  });

  test('of a release that lost its record ends as what became of it, not as an error', async () => {
    const of = setUp();
    await of.contain(red);
    const late = holdBack(of, 'SetPower');
    const releasing = of.dispatcher.release({ target: red, by: 'test' });
    await settled();
    const b = of.another('process-b');
    const again = await b.contain(red);
    late.go();
    expect(await releasing).toMatchObject({ busy: true, record: { id: again.record.id, epoch: again.record.epoch } });
  });
});

describe('a release under way', () => {
  test('is left to its living owner by whoever asks for it again, and done once', async () => {
    const of = setUp();
    const before = dump(of.cloud);
    await of.contain(red);
    of.cloud.writes.length = 0;
    const late = holdBack(of, 'SetPower');
    const releasing = of.dispatcher.release({ target: red, by: 'test' });
    await settled();
    const b = of.another('process-b');
    const second = await b.dispatcher.release({ target: red, by: 'somebody else' });
    expect(second).toMatchObject({ busy: true, record: { state: 'releasing', owner: { id: 'process-a' } } });
    late.go();
    expect((await of.drive(await releasing)).record.state).toBe('released');
    expect((await b.drive(second)).record).toMatchObject({ state: 'released', release: { by: 'test' } });
    expect(of.cloud.writes.filter((each) => each.startsWith('SetPower'))).toHaveLength(1);
    expect(dump(of.cloud)).toEqual(before);
  });

  test('is stopped at once by a containment, even where its owner lives', async () => {
    const of = setUp();
    await of.contain(red);
    const late = holdBack(of, 'SetPower');
    const releasing = of.dispatcher.release({ target: red, by: 'test' });
    await settled();
    const again = await of.another('process-b').dispatcher.contain({ arn: red, by: 'test' });
    expect(again.busy).toBeUndefined();
    expect(again.record).toMatchObject({ state: 'containing', epoch: 2 });
    late.go();
    await releasing;
  });

  test('that was blocked, and is tried again, is stopped as well', async () => {
    const of = setUp();
    await of.contain(red);
    of.cloud.before = ({ name }) => {
      if (name === 'SetPower') throw answered('AccessDenied', 403);
    };
    const { record } = await of.release(red);
    expect(record.state).toBe('release-blocked');
    const late = holdBack(of, 'SetPower');
    const releasing = of.dispatcher.advance(record.id);
    await settled();
    const again = await of.another('process-b').dispatcher.contain({ arn: red, by: 'test' });
    expect(again.busy).toBeUndefined();
    expect(again.record.state).toBe('containing');
    late.go();
    await releasing;
  });
});

test('a hold that comes while a contained record is looked at again is told nothing before its own options are looked at', async () => {
  const of = setUp(byScope);
  const { record } = await of.contain(red, { incident: 'one' });
  const late = holdBack(of, 'Look');
  const watching = of.dispatcher.advance(record.id);
  await settled();
  const b = of.another('process-b');
  const second = await b.dispatcher.contain({ arn: red, by: 'test', incident: 'two', options: { scope: 'room' } });
  expect(second).toMatchObject({ busy: true, record: { state: 'contained', holds: { two: {} } } });
  expect((await b.drive(second, 'two')).record.state).toBe('contained');
  expect(valueAt(of.cloud, bolt('shared'))).toBe('shut');
  late.go();
  await watching;
});

test('a hold that comes after the plans were made is planned for before anything is called contained', async () => {
  let joining = false;
  const of = setUp(byScope, {
    // The last write of the first containment: the other hold comes right before it.
    beforeStore: async ({ operation, key: at, body }) => {
      if (joining || operation !== 'put' || !at.startsWith('open/') || body?.includes('"state": "contained"') !== true) return;
      joining = true;
      await of.another('process-b').dispatcher.contain({ arn: red, by: 'test', incident: 'two', options: { scope: 'room' } });
    },
  });
  const { record } = await of.dispatcher.contain({ arn: red, by: 'test', incident: 'one' });
  expect(joining).toBe(true);
  expect([record.state, Object.keys(record.holds)]).toEqual(['contained', ['one', 'two']]);
  expect(valueAt(of.cloud, bolt('shared'))).toBe('shut');
});

test('who comes back to a record after another enters its new epoch where it writes, not what it remembers', async () => {
  const of = setUp(slow);
  const begun = await of.dispatcher.contain({ arn: red, by: 'test' });
  await of.another('process-b').dispatcher.advance(begun.record.id);
  const { record } = await of.drive(begun);
  expect([record.state, record.epoch]).toEqual(['contained', 3]);
  const entries = (await of.ledger.resource(red))?.value.entries ?? {};
  expect(Object.values(entries).map(({ wants }) => wants[record.id]?.epoch)).toEqual([3]);
});

describe('where somebody else writes first', () => {
  /** Does something once, right before a put or a deletion whose key begins so. */
  const once = (
    prefix: string,
    meanwhile: () => Promise<unknown>,
    operation = 'put',
  ): NonNullable<ToyHostOptions['beforeStore']> => {
    let done = false;
    return async (call) => {
      if (done || call.operation !== operation || !call.key.startsWith(prefix)) return;
      done = true;
      await meanwhile();
    };
  };

  test('the record is joined that another has made at the same time', async () => {
    const of: ToySetup = setUp();
    const b = of.another('process-b', { beforeStore: once('open/', () => of.contain(red, { incident: 'one' })) });
    const { record } = await b.contain(red, { incident: 'two' });
    expect([record.state, Object.keys(record.holds)]).toEqual(['contained', ['one', 'two']]);
  });

  test('a hold is added to what the record is by then', async () => {
    const of = setUp();
    await of.contain(red, { incident: 'one' });
    const third = () => of.contain(red, { incident: 'three' });
    let puts = 0;
    const b = of.another('process-b', {
      // The first put finds the record that is there; the second joins it.
      beforeStore: async ({ operation, key: at }) => {
        if (operation === 'put' && at.startsWith('open/') && ++puts === 2) await third();
      },
    });
    const { record } = await b.contain(red, { incident: 'two' });
    expect([record.state, Object.keys(record.holds).toSorted()]).toEqual(['contained', ['one', 'three', 'two']]);
  });

  test('a release drops its own hold alone', async () => {
    const of = setUp();
    await of.contain(red, { incident: 'one' });
    const b = of.another('process-b', { beforeStore: once('open/', () => of.contain(red, { incident: 'two' })) });
    const { otherHolds } = await b.release(red, { incident: 'one' });
    expect(otherHolds).toEqual(['two']);
    expect(await of.ledger.allOpen()).toMatchObject([{ state: 'contained', holds: { two: {} } }]);
    expect(valueAt(of.cloud, power('red'))).toBe('off');
  });

  test('who goes on with a record begins from what it is by then', async () => {
    const of = setUp(byScope);
    const { record } = await of.contain(red, { incident: 'one' });
    const wider = () => of.contain(red, { incident: 'two', options: { scope: 'room' } });
    const b = of.another('process-b', { beforeStore: once('open/', wider) });
    const { record: later } = await b.drive(await b.dispatcher.advance(record.id));
    expect([later.state, Object.keys(later.holds)]).toEqual(['contained', ['one', 'two']]);
  });

  test('a record whose account cannot be opened stays for the hold that came meanwhile', async () => {
    const of = setUp();
    const closed = new StoreFault('unreachable', 'the account is closed', 'x');
    const b = of.another('process-b', {
      open: async () => {
        throw closed;
      },
      beforeStore: once('open/', () => of.dispatcher.contain({ arn: red, by: 'test', incident: 'two' }), 'delete'),
    });
    await expect(b.contain(red, { incident: 'one' })).rejects.toThrow('the account is closed');
    expect(await of.ledger.allOpen()).toMatchObject([{ holds: { two: {} } }]);
  });
});

describe('a ledger that refuses', () => {
  /** Lets nothing be written, or deleted, of which the key begins so. */
  const refusing = (prefix: string, operation = 'put', after = 0): NonNullable<ToyHostOptions['beforeStore']> => {
    let calls = 0;
    return (call) => {
      if (call.operation !== operation || !call.key.startsWith(prefix) || ++calls <= after) return;
      throw new StoreFault('unreachable', 'the disk is full', 'x');
    };
  };

  test.each([
    ['a record that is to be made', (b: ToyHost) => b.contain(blue), 'open/'],
    [
      'a record that is to be gone on with',
      async (b: ToyHost) => b.dispatcher.advance((await b.ledger.allOpen())[0]?.id ?? ''),
      'open/',
    ],
    ['a record that is to be released', (b: ToyHost) => b.release(red), 'open/'],
    ['what is wanted of a resource', (b: ToyHost) => b.contain(blue), 'resources/'],
    ['the messages of a release', (b: ToyHost) => b.release(red), 'past/'],
    ['the archive', (b: ToyHost) => b.release(red), 'records/'],
  ])('is told: %s', async (_, attempt, prefix) => {
    const of = setUp();
    await of.contain(red, { message: 'm-1' });
    of.cloud.writes.length = 0;
    const b = of.another('process-b', { beforeStore: refusing(prefix) });
    await expect(attempt(b)).rejects.toThrow('the disk is full');
    if (prefix === 'open/' || prefix === 'resources/') expect(of.cloud.writes).toEqual([]);
  });

  test('is told: a record that is there, and is to be joined', async () => {
    const of = setUp();
    await of.contain(red);
    // The first put finds out that it is there.
    const b = of.another('process-b', { beforeStore: refusing('open/', 'put', 1) });
    await expect(b.contain(red, { incident: 'two' })).rejects.toThrow('the disk is full');
  });

  test('is told: a record that is to be deleted', async () => {
    const of = setUp();
    await of.contain(red);
    const b = of.another('process-b', { beforeStore: refusing('open/', 'delete') });
    await expect(b.release(red)).rejects.toThrow('the disk is full');
  });
});
