import { describe, expect, test } from 'vitest';
import { answered, box, gate, power, put, toyCloud, unanswered, valueAt } from '../testing/toy-cloud.ts';
import { toyClock, toyHost } from '../testing/toy-host.ts';
import { type ToyParts, toyPlugin, want } from '../testing/toy-plugin.ts';
import { setUp as setUpToy, type ToySetup } from '../testing/toy-setup.ts';
import { drive } from './drive.ts';

const red = box('red');
const hopPlan: NonNullable<ToyParts['plan']> = (_now, _entity, { dwell }) => [
  {
    title: 'pass',
    changes: [want(gate('red'), 'open', { transit: true, title: 'Open the gate' })],
    dwell: { seconds: dwell, why: 'what is on its way passes' },
  },
  { title: 'close', changes: [want(gate('red'), 'closed', { title: 'Close the gate' }), want(power('red'), 'off')] },
];

const setUp = (plan = hopPlan, release: NonNullable<ToyParts['release']> = []): ToySetup => setUpToy({ plan, release });

/** Values that were written to the gate, and when, in seconds. */
function watchGate({ cloud, clock }: Pick<ToySetup, 'cloud' | 'clock'>): (readonly [string, number])[] {
  const seen: (readonly [string, number])[] = [];
  const begun = clock.now();
  cloud.after = ({ name, value }) => {
    if (name === 'SetGate') seen.push([String(value), Math.round((clock.now() - begun) / 1_000)]);
  };
  return seen;
}

test('a hop comes first, is rested in for its time, and is left for the last value; the rest is not held up', async () => {
  const of = setUp();
  const seen = watchGate(of);
  const begun = await of.dispatcher.contain({ arn: red, by: 'test', options: { dwell: 40 } });
  expect([begun.record.state, valueAt(of.cloud, gate('red'))]).toEqual(['containing', 'open']);
  expect(valueAt(of.cloud, power('red'))).toBe('off');
  expect(begun.next?.why).toMatch(/^what is on its way passes \(until /);
  expect((await of.drive(begun)).record.state).toBe('contained');
  expect(seen).toEqual([
    ['open', 0],
    ['closed', 40],
  ]);
});

test('it is looked at in the dwell: what somebody sets back goes straight to the last value, and the hop is not made again', async () => {
  const of = setUp();
  const seen = watchGate(of);
  const begun = await of.dispatcher.contain({ arn: red, by: 'test' });
  of.clock.turn(7_000);
  put(of.cloud, gate('red'), 'web');
  expect((await of.drive(begun)).record.state).toBe('contained');
  expect(seen.map(([value]) => value)).toEqual(['open', 'closed']);
  expect(seen[1]?.[1]).toBeLessThanOrEqual(22);
});

test('once contained, what comes back is closed at once', async () => {
  const of = setUp();
  await of.contain(red);
  const seen = watchGate(of);
  put(of.cloud, gate('red'), 'web');
  expect((await of.contain(red)).record.state).toBe('contained');
  expect(seen).toEqual([['closed', 0]]);
});

test('a reading that does not show the hop yet does not end the dwell', async () => {
  const of = setUp();
  of.cloud.late = new Map(of.cloud.values);
  const seen = watchGate(of);
  const begun = await of.dispatcher.contain({ arn: red, by: 'test', options: { dwell: 20 } });
  delete of.cloud.late;
  await of.drive(begun);
  expect(seen).toEqual([
    ['open', 0],
    ['closed', 20],
  ]);
});

test('a hop that fails is left out: it goes to the last value in the same round', async () => {
  const { cloud, dispatcher } = setUp();
  const calls: string[] = [];
  cloud.before = ({ name, value }) => {
    if (name !== 'SetPower') calls.push(value === undefined ? name : `${name} ${value}`);
    if (name === 'SetGate' && value === 'open') throw answered('AccessDenied', 403);
  };
  const { record } = await dispatcher.contain({ arn: red, by: 'test' });
  expect([record.state, valueAt(cloud, gate('red'))]).toEqual(['contained', 'closed']);
  expect(calls).toEqual(['Look', 'SetGate open', 'SetGate closed', 'Look']);
});

test('a dwell of no time passes through the hop', async () => {
  const of = setUp();
  const seen = watchGate(of);
  expect((await of.contain(red, { options: { dwell: 0 } })).record.state).toBe('contained');
  expect(seen).toEqual([
    ['open', 0],
    ['closed', 0],
  ]);
});

test('a dwell that ends in the middle of a round is not forgotten: nothing is called contained that rests in its hop', async () => {
  const begunAt = toyClock().now();
  const ends = new Set<string>();
  for (let before = 0; before < 60; before += 1) {
    const [cloud, clock] = [toyCloud(), toyClock()];
    let isTicking = false;
    // Each question for the time takes a millisecond, so that the end falls between any two.
    const ticks = {
      now: () => {
        if (isTicking) clock.turn(1);
        return clock.now();
      },
      turn: clock.turn,
    };
    const { dispatcher } = toyHost({ plugin: toyPlugin(cloud, { plan: hopPlan }), clock: ticks });
    const { record } = await dispatcher.contain({ arn: red, by: 'test', options: { dwell: 20 } });
    clock.turn(begunAt + 20_000 - before - clock.now());
    isTicking = true;
    const { state } = (await dispatcher.advance(record.id)).record;
    expect([before, state, valueAt(cloud, gate('red'))]).toEqual([before, state, state === 'contained' ? 'closed' : 'open']);
    ends.add(state);
  }
  expect(ends).toEqual(new Set(['contained', 'containing']));
});

describe('after a crash', () => {
  test('the rest of the dwell is served, not all of it again', async () => {
    const of = setUp();
    const seen = watchGate(of);
    await of.dispatcher.contain({ arn: red, by: 'test' });
    of.clock.turn(50_000);
    expect((await of.another('process-b').contain(red)).record.state).toBe('contained');
    expect(seen).toEqual([
      ['open', 0],
      ['closed', 60],
    ]);
  });

  test('a dwell that is over goes forward at once', async () => {
    const of = setUp();
    const seen = watchGate(of);
    await of.dispatcher.contain({ arn: red, by: 'test' });
    of.clock.turn(300_000);
    await of.another('process-b').dispatcher.contain({ arn: red, by: 'test' });
    expect(seen.at(-1)).toEqual(['closed', 300]);
  });

  test('right before the hop was made, it is closed, not opened: its time was saved', async () => {
    const of = setUp();
    of.cloud.before = ({ name }) => (name === 'SetGate' ? new Promise(() => {}) : undefined);
    void of.another('process-dead').dispatcher.contain({ arn: red, by: 'test' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    delete of.cloud.before;
    const seen = watchGate(of);
    const next = of.another('process-b', { isDead: (id) => id === 'process-dead' });
    expect((await next.contain(red)).record.state).toBe('contained');
    expect(seen).toEqual([['closed', 0]]);
  });
});

test('the time that passes while a round decides leaves no gap at the end of a dwell', async () => {
  for (let step = 1; step <= 40; step++) {
    const [cloud, toy, objects] = [toyCloud(), toyClock(), new Map<string, string>()];
    const clock = {
      now: () => {
        toy.turn(step * 7);
        return toy.now();
      },
      turn: toy.turn,
    };
    const host = toyHost({ plugin: toyPlugin(cloud, { plan: hopPlan }), clock, objects });
    const { record } = await host.drive(await host.dispatcher.contain({ arn: red, by: 'test', options: { dwell: 20 } }));
    expect([step, record.state, valueAt(cloud, gate('red'))]).toEqual([step, 'contained', 'closed']);
  }
});

describe('a process that must end', () => {
  test('closes the hop first', async () => {
    const { cloud, clock, dispatcher } = setUp();
    const begun = await dispatcher.contain({ arn: red, by: 'test' });
    expect(valueAt(cloud, gate('red'))).toBe('open');
    const interrupt = new AbortController();
    const ended = await drive(dispatcher, begun, {
      clock,
      sleep: async () => interrupt.abort(),
      signal: interrupt.signal,
    });
    expect([ended.record.state, valueAt(cloud, gate('red'))]).toEqual(['contained', 'closed']);
  });

  test('closes the hop although AWS refuses at first', async () => {
    const { cloud, clock, dispatcher } = setUp();
    const begun = await dispatcher.contain({ arn: red, by: 'test' });
    let refusals = 3;
    cloud.before = ({ name }) => {
      if (name === 'SetGate' && refusals-- > 0) throw answered('Throttling');
    };
    const interrupt = new AbortController();
    const sleep = async (ms: number) => {
      clock.turn(ms);
      interrupt.abort();
    };
    const ended = await drive(dispatcher, begun, { clock, sleep, signal: interrupt.signal });
    expect([ended.record.state, valueAt(cloud, gate('red'))]).toEqual(['contained', 'closed']);
  });

  test('makes no hop in a hurry', async () => {
    const of = setUp();
    of.cloud.before = ({ name }) => {
      if (name === 'Look') throw unanswered();
    };
    const { record } = await of.dispatcher.contain({ arn: red, by: 'test' });
    delete of.cloud.before;
    const seen = watchGate(of);
    await of.dispatcher.advance(record.id, { hurry: true });
    expect(seen.map(([value]) => value)).toEqual(['closed']);
  });

  test('has nothing to hurry for where it is contained', async () => {
    const of = setUp();
    const { record } = await of.contain(red);
    of.cloud.writes.length = 0;
    expect((await of.dispatcher.advance(record.id, { hurry: true })).record.state).toBe('contained');
    expect(of.cloud.writes).toEqual([]);
  });
});

describe('a wait that did not last', () => {
  const said = (warnings: readonly { readonly text: string }[]) => warnings.map(({ text }) => text).join('\n');

  test('is told for as long as the record lives', async () => {
    const of = setUp();
    const { record } = await of.dispatcher.contain({ arn: red, by: 'test', options: { dwell: 40 } });
    of.clock.turn(10_000);
    const hurried = await of.dispatcher.advance(record.id, { hurry: true });
    expect(hurried.record.state).toBe('contained');
    expect(said(hurried.record.warnings)).toMatch(/Close the gate.* 40 s .*what is on its way passes/);
    of.clock.turn(600_000);
    const again = await of.drive(await of.dispatcher.contain({ arn: red, by: 'test', options: { dwell: 40 } }));
    expect(again.record.state).toBe('contained');
    expect(said(again.record.warnings)).toContain('what is on its way passes');
  });

  test('is told where somebody took it out of its hop, and where it was never in it', async () => {
    const fought = setUp();
    const begun = await fought.dispatcher.contain({ arn: red, by: 'test' });
    fought.clock.turn(7_000);
    put(fought.cloud, gate('red'), 'web');
    expect(said((await fought.drive(begun)).record.warnings)).toContain('Close the gate');

    const refused = setUp();
    refused.cloud.before = ({ name, value }) => {
      if (name === 'SetGate' && value === 'open') throw answered('AccessDenied', 403);
    };
    const { record } = await refused.drive(await refused.dispatcher.contain({ arn: red, by: 'test' }));
    expect(said(record.warnings)).toContain('Close the gate');
  });

  test('is not told of one that did, and is told where somebody set it back after: what came through meanwhile goes on', async () => {
    const of = setUp();
    const done = await of.drive(await of.dispatcher.contain({ arn: red, by: 'test' }));
    expect(said(done.record.warnings)).toBe('');
    put(of.cloud, gate('red'), 'web');
    const again = await of.drive(await of.dispatcher.contain({ arn: red, by: 'test' }));
    expect([again.record.state, valueAt(of.cloud, gate('red'))]).toEqual(['contained', 'closed']);
    expect(said(again.record.warnings)).toContain('Close the gate');
  });

  test('is made anew where a release has put back how it was, and was not finished', async () => {
    const of = setUp(hopPlan, ['toy.gate', 'toy.power']);
    await of.drive(await of.dispatcher.contain({ arn: red, by: 'test' }));
    of.cloud.before = ({ name }) => {
      if (name === 'SetPower') throw answered('AccessDenied', 403);
    };
    expect((await of.release(red)).record.state).toBe('release-blocked');
    expect(valueAt(of.cloud, gate('red'))).toBe('web');
    delete of.cloud.before;
    of.clock.turn(600_000);
    const seen = watchGate(of);
    const again = await of.drive(await of.dispatcher.contain({ arn: red, by: 'test' }));
    expect([again.record.state, said(again.record.warnings)]).toEqual(['contained', '']);
    expect(seen).toEqual([
      ['open', 0],
      ['closed', 60],
    ]);
  });
});

test('two holds with different dwells: the longer one counts', async () => {
  const of = setUp();
  const seen = watchGate(of);
  await of.dispatcher.contain({ arn: red, by: 'test', incident: 'one', options: { dwell: 20 } });
  const second = await of.dispatcher.contain({ arn: red, by: 'test', incident: 'two', options: { dwell: 40 } });
  await of.drive(second);
  expect(seen.at(-1)).toEqual(['closed', 40]);
});
