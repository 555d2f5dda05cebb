import { describe, expect, test } from 'vitest';
import { LockdownError } from '../failure.ts';
import { targetKey } from '../ledger/record.ts';
import { bolt, box, dump, gate, power, put, toyCloud, valueAt } from '../testing/toy-cloud.ts';
import { toyClock, toyHost } from '../testing/toy-host.ts';
import { type ToyParts, toyPlugin, want } from '../testing/toy-plugin.ts';
import { settled, setUp } from '../testing/toy-setup.ts';

const [red, blue] = [box('red'), box('blue')];

async function refusalOf(attempt: Promise<unknown>): Promise<LockdownError> {
  const thrown = await attempt.catch((error: unknown) => error);
  if (!(thrown instanceof LockdownError)) throw new Error('it went on');
  return thrown;
}

describe('a message', () => {
  test('delivered again changes nothing', async () => {
    const { cloud, contain } = setUp();
    const first = await contain(red, { message: 'm-1' });
    cloud.writes.length = 0;
    const again = await contain(red, { message: 'm-1' });
    expect([again.record.id, again.record.state, cloud.writes]).toEqual([first.record.id, 'contained', []]);
    expect(again.record.holds.default?.messages).toEqual(['m-1']);
    expect(again.record.events.filter(({ what }) => what === 'hold')).toEqual([]);
  });

  test('delivered again after the release does not contain what a person has released', async () => {
    const { cloud, contain, release, ledger } = setUp();
    const before = dump(cloud);
    const first = await contain(red, { message: 'm-1' });
    await release(red);
    const again = await contain(red, { message: 'm-1' });
    expect([again.record.id, again.record.state]).toEqual([first.record.id, 'released']);
    expect([dump(cloud), await ledger.allOpen()]).toEqual([before, []]);
  });

  test('of a hold that was dropped before the last one is remembered too', async () => {
    const { contain, release, ledger } = setUp();
    await contain(red, { message: 'm-1', incident: 'one' });
    await contain(red, { message: 'm-2', incident: 'two' });
    await release(red, { incident: 'one' });
    await release(red, { incident: 'two' });
    for (const message of ['m-1', 'm-2']) await contain(red, { message });
    expect(await ledger.allOpen()).toEqual([]);
  });

  test('that is new contains again', async () => {
    const { contain, release } = setUp();
    await contain(red, { message: 'm-1' });
    await release(red);
    expect((await contain(red, { message: 'm-2' })).record.state).toBe('contained');
  });

  test('a second one for the same incident is remembered with the hold', async () => {
    const { contain } = setUp();
    await contain(red, { message: 'm-1' });
    const { record } = await contain(red, { message: 'm-2' });
    expect(record.holds.default?.messages).toEqual(['m-1', 'm-2']);
  });
});

describe('two incidents on one entity', () => {
  test('are two holds of one record: releasing one says who holds it still, and opens nothing', async () => {
    const { cloud, contain, release } = setUp();
    const before = dump(cloud);
    const one = await contain(red, { incident: 'one' });
    const two = await contain(red, { incident: 'two', by: 'somebody else' });
    expect(two.record.id).toBe(one.record.id);
    const first = await release(red, { incident: 'one' });
    expect([first.otherHolds, first.record.state, valueAt(cloud, power('red'))]).toEqual([['two'], 'contained', 'off']);
    expect(first.record.events.at(-1)?.text).toContain('stays contained for two');
    expect((await release(red, { incident: 'two' })).record.state).toBe('released');
    expect(dump(cloud)).toEqual(before);
  });

  test('releasing one that holds nothing changes nothing', async () => {
    const { cloud, contain, release } = setUp();
    await contain(red, { incident: 'one' });
    const { otherHolds, record } = await release(red, { incident: 'other' });
    expect([otherHolds, Object.keys(record.holds), valueAt(cloud, power('red'))]).toEqual([['one'], ['one'], 'off']);
  });

  test('a release without an incident means a sole hold, but not one of several', async () => {
    const { contain, release } = setUp();
    await contain(red, { incident: 'one' });
    await contain(red, { incident: 'two' });
    expect((await release(red)).otherHolds).toEqual(['one', 'two']);
    await release(red, { incident: 'two' });
    expect((await release(red)).record.state).toBe('released');
  });

  test('all holds are dropped where that is asked for', async () => {
    const { contain, release } = setUp();
    await contain(red, { incident: 'one' });
    await contain(red, { incident: 'two' });
    expect((await release(red, { allHolds: true })).record.state).toBe('released');
  });

  const byScope: ToyParts = {
    plan: (_now, { arn }, { scope }) => [
      {
        title: 'cut',
        changes: [want({ setting: 'toy.power', on: arn }, 'off'), ...(scope === 'room' ? [want(bolt('shared'), 'shut')] : [])],
      },
    ],
  };

  test('the union of what they want is made, until the last one goes', async () => {
    const { cloud, contain, release } = setUp(byScope);
    const before = dump(cloud);
    await contain(red, { incident: 'one' });
    expect(valueAt(cloud, bolt('shared'))).toBe('open');
    const wider = await contain(red, { incident: 'two', options: { scope: 'room' } });
    expect([wider.record.state, valueAt(cloud, bolt('shared'))]).toEqual(['contained', 'shut']);
    await release(red, { incident: 'two' });
    expect(valueAt(cloud, bolt('shared'))).toBe('shut');
    await release(red, { incident: 'one' });
    expect(dump(cloud)).toEqual(before);
  });

  test('the same incident with another option wants that too', async () => {
    const { cloud, contain } = setUp(byScope);
    await contain(red);
    await contain(red, { options: { scope: 'room' } });
    expect(valueAt(cloud, bolt('shared'))).toBe('shut');
  });

  test('where they want different values, that is said at once, and all else is done', async () => {
    const { cloud, contain } = setUp({
      plan: (_now, { arn }, { scope }) => [
        {
          title: 'cut',
          changes: [want({ setting: 'toy.gate', on: arn }, scope), want({ setting: 'toy.power', on: arn }, 'off')],
        },
      ],
    });
    await contain(red, { incident: 'one' });
    const { record } = await contain(red, { incident: 'two', options: { scope: 'room' } });
    expect(record.state).toBe('partial');
    expect(record.failures).toMatchObject([{ code: 'contradiction', message: expect.stringContaining(targetKey(gate('red'))) }]);
    expect(valueAt(cloud, power('red'))).toBe('off');
  });
});

describe('two entities on one resource', () => {
  const shared: ToyParts = {
    plan: (_now, { arn }) => [
      { title: 'cut', changes: [want({ setting: 'toy.power', on: arn }, 'off'), want(bolt('shared'), 'shut')] },
    ],
  };

  test.each([
    ['in order', [red, blue]],
    ['the other way round', [blue, red]],
  ])('released %s, the resource opens with the last', async (_, [first = '', second = '']) => {
    const { cloud, contain, release } = setUp(shared);
    const before = dump(cloud);
    await contain(red);
    await contain(blue);
    const released = await release(first);
    expect(released.record.targets.find(({ setting }) => setting === 'toy.bolt')?.released).toBe('others');
    expect(valueAt(cloud, bolt('shared'))).toBe('shut');
    await release(second);
    expect(dump(cloud)).toEqual(before);
  });

  test('a second one never takes the contained value for the original', async () => {
    const { cloud, contain, release } = setUp(shared);
    put(cloud, bolt('shared'), 'ajar');
    await contain(red);
    await contain(blue);
    await release(red);
    await contain(red);
    await release(blue);
    await release(red);
    expect(valueAt(cloud, bolt('shared'))).toBe('ajar');
  });

  test('what one is to keep does not bind the other', async () => {
    const { cloud, contain, release } = setUp(shared);
    const before = dump(cloud);
    await contain(red);
    await release(red, { keep: [bolt('shared')] });
    await contain(blue);
    await release(blue);
    expect(valueAt(cloud, bolt('shared'))).toBe('shut');
    await contain(red);
    await release(red);
    expect(dump(cloud)).toEqual(before);
  });
});

describe('a hold that is dropped while it is being contained', () => {
  const slow: ToyParts = {
    plan: () => [
      { title: 'pass', changes: [want(gate('red'), 'open', { transit: true })], dwell: { seconds: 60, why: 'it passes' } },
      { title: 'close', changes: [want(gate('red'), 'closed')] },
    ],
  };

  test('success is not told to whoever asked for it', async () => {
    const { dispatcher, drive, contain, release, clock } = setUp(slow);
    const begun = await dispatcher.contain({ arn: red, by: 'test', incident: 'one' });
    clock.turn(1_000);
    await dispatcher.contain({ arn: red, by: 'test', incident: 'two' });
    await release(red, { incident: 'one' });
    expect(await refusalOf(drive(begun, 'one'))).toMatchObject({ kind: 'failed', failure: { code: 'hold-dropped' } });
    expect((await contain(red, { incident: 'two' })).record.state).toBe('contained');
  });

  test('and it was the last: all is put back, and nobody is told contained', async () => {
    const { cloud, dispatcher, drive, another, release } = setUp(slow);
    const before = dump(cloud);
    const begun = await dispatcher.contain({ arn: red, by: 'test' });
    expect((await another('process-b').release(red)).record.state).toBe('released');
    expect((await drive(begun, 'default')).record.state).toBe('released');
    expect(dump(cloud)).toEqual(before);
    expect((await refusalOf(release(red))).failure.code).toBe('not-contained');
  });
});

describe('several processes on one record', () => {
  /** A process that is in the middle of switching off. */
  async function inTheMiddle() {
    const of = setUp();
    let go: () => void = () => {};
    const gateOf = new Promise<void>((resolve) => {
      go = resolve;
    });
    of.cloud.before = ({ name }) => (name === 'SetPower' ? gateOf : undefined);
    const first = of.dispatcher.contain({ arn: red, by: 'test', incident: 'one' });
    await settled();
    delete of.cloud.before;
    return { ...of, first, go };
  }

  test('a living owner is left to it: the newcomer’s hold is added, and nothing is done twice', async () => {
    const { cloud, another, first, go, clock } = await inTheMiddle();
    const b = another('process-b');
    const second = await b.dispatcher.contain({ arn: red, by: 'test', incident: 'two' });
    expect(second).toMatchObject({ busy: true, record: { owner: { id: 'process-a' }, holds: { one: {}, two: {} } } });
    expect(Date.parse(second.next?.at ?? '') - clock.now()).toBeLessThanOrEqual(2_000);
    expect(cloud.writes.join()).not.toContain('SetPower');
    go();
    expect((await first).record.holds).toHaveProperty('two');
    expect((await b.drive(second, 'two')).record.state).toBe('contained');
    expect(cloud.writes.filter((each) => each.includes('SetPower'))).toHaveLength(1);
  });

  test('an owner that is known to be dead is not waited for', async () => {
    const { cloud, another, clock } = await inTheMiddle();
    const begun = clock.now();
    const b = another('process-b', { isDead: (id) => id === 'process-a' });
    expect((await b.contain(red)).record).toMatchObject({ state: 'contained', prev: 0, epoch: 2 });
    expect(clock.now()).toBe(begun);
    expect(valueAt(cloud, power('red'))).toBe('off');
  });

  test('one that may be alive is, until its lease is over, and what it may still write is waited for', async () => {
    const { another, clock } = await inTheMiddle();
    const begun = clock.now();
    expect((await another('process-b').contain(red)).record.state).toBe('contained');
    expect(clock.now() - begun).toBeGreaterThanOrEqual(35_000);
  });

  test('one that lost the record writes nothing more, and tells what became of it', async () => {
    const { cloud, another, clock, first, go } = await inTheMiddle();
    clock.turn(60_000);
    await another('process-b').contain(red, { incident: 'one' });
    await another('process-c').release(red);
    const before = dump(cloud);
    cloud.before = ({ name }) => {
      if (name !== 'Look' && name !== 'SetPower') throw new Error(`it still calls ${name}`);
    };
    go();
    expect((await first).record.state).toBe('released');
    // Its one call was on its way all the time: what a last look is for.
    expect(dump(cloud)).toEqual({ ...before, [targetKey(power('red'))]: 'off' });
  });

  test('a release takes over even from a living owner, and waits for what that may still write', async () => {
    const { cloud, another, clock, go, first } = await inTheMiddle();
    const begun = clock.now();
    const b = another('process-b');
    const releasing = await b.dispatcher.release({ target: red, by: 'test', incident: 'one' });
    expect(releasing.record.state).toBe('releasing');
    expect(Date.parse(releasing.next?.at ?? '') - begun).toBeGreaterThanOrEqual(35_000);
    go();
    expect((await first).record.state).not.toBe('contained');
    expect((await b.drive(releasing)).record.state).toBe('released');
    expect(valueAt(cloud, power('red'))).toBe('on');
  });

  test('two releases at once are one', async () => {
    const { another, contain, cloud } = setUp();
    const before = dump(cloud);
    await contain(red);
    const [b, c] = [another('process-b'), another('process-c')];
    const both = await Promise.allSettled([b.release(red), c.release(red)]);
    expect(both.some((each) => each.status === 'fulfilled' && each.value.record.state === 'released')).toBe(true);
    expect(dump(cloud)).toEqual(before);
  });

  test('a containment that comes during a release ends it, and the original is the first one', async () => {
    const { cloud, contain, dispatcher, another, release } = setUp({ release: ['toy.key', { wait: 60, why: 'x' }, 'toy.power'] });
    const before = dump(cloud);
    await contain(red);
    const releasing = await dispatcher.release({ target: red, by: 'test' });
    expect(releasing.record.state).toBe('releasing');
    const again = await another('process-b').contain(red, { incident: 'two' });
    expect([again.record.state, again.record.release]).toEqual(['contained', undefined]);
    expect(valueAt(cloud, power('red'))).toBe('off');
    await release(red, { incident: 'two' });
    expect(dump(cloud)).toEqual(before);
  });
});

test('a record of a plugin that is no longer there names the package', async () => {
  const { contain, dispatcher, ledger } = setUp();
  const { record } = await contain(red);
  const stored = await ledger.openById(record.id);
  if (stored === undefined) throw new Error('no record');
  await ledger.replaceOpen({ ...stored.value, plugin: { id: 'toy.gone', package: 'toy-gone', version: '9' } }, stored.tag);
  for (const attempt of [dispatcher.advance(record.id), dispatcher.release({ target: record.id, by: 'test' })])
    expect(await refusalOf(attempt)).toMatchObject({ failure: { code: 'no-plugin', next: 'Install toy-gone.' } });
});

test('a damaged ledger object is named, and nothing is done', async () => {
  const [cloud, clock, objects] = [toyCloud(), toyClock(), new Map<string, string>()];
  const host = toyHost({ plugin: toyPlugin(cloud), clock, objects });
  await host.contain(red);
  const open = [...objects.keys()].find((each) => each.startsWith('open/')) ?? '';
  objects.set(open, '{');
  cloud.writes.length = 0;
  for (const attempt of [host.contain(red), host.release(red)])
    expect(await refusalOf(attempt)).toMatchObject({ failure: { code: 'damaged', message: expect.stringContaining(open) } });
  expect(cloud.writes).toEqual([]);
});

test('a value of the ledger that the setting does not know is not written', async () => {
  const [cloud, clock, objects] = [toyCloud(), toyClock(), new Map<string, string>()];
  const host = toyHost({ plugin: toyPlugin(cloud), clock, objects });
  await host.contain(red);
  const at = [...objects.keys()].find((each) => each.startsWith('resources/')) ?? '';
  const edited = (objects.get(at) ?? '').replace('"from": "on"', '"from": 7');
  expect(edited).toContain('"from": 7');
  objects.set(at, edited);
  const { record } = await host.release(red);
  expect([record.state, record.failures[0]?.code, valueAt(cloud, power('red'))]).toEqual(['release-blocked', 'bad-value', 'off']);
});
