import { describe, expect, test } from 'vitest';
import { targetKey } from '../ledger/record.ts';
import {
  answered,
  bolt,
  box,
  dump,
  gate,
  key,
  lock,
  power,
  put,
  seal,
  type ToyCloud,
  unanswered,
  valueAt,
} from '../testing/toy-cloud.ts';
import { plainPlan, type ToyParts, want } from '../testing/toy-plugin.ts';
import { plan, settled, setUp, stage, type ToySetup } from '../testing/toy-setup.ts';

const [red, blue] = [box('red'), box('blue')];
const cutPower = plan(stage(want(power('red'), 'off')));
const sealed: ToyParts = {
  immediate: ({ arn }) => [want({ setting: 'toy.seal', on: arn }, 'sealed')],
  plan: (now, entity) => [stage(want({ setting: 'toy.seal', on: entity.arn }, 'sealed')), ...plainPlan(now, entity)],
};
const protect = (pattern: string) => ({ guardrails: { protected: [{ pattern, owner: 'platform' }] } });
const codes = ({ record }: { readonly record: { readonly failures: readonly { readonly code: string }[] } }): readonly string[] =>
  record.failures.map(({ code }) => code);
/** Answers the first calls of a name with an error. */
const failing = (cloud: ToyCloud, name: string, error: Error, times = Number.POSITIVE_INFINITY): void => {
  let left = times;
  cloud.before = (call) => {
    if (call.name === name && left-- > 0) throw error;
  };
};

describe('containing', () => {
  test('ends with what was found, and says so', async () => {
    const { contain } = setUp();
    const { record } = await contain(red);
    expect(record.events.at(-1)).toMatchObject({
      what: 'contained',
      text: 'Contained: reading back from AWS shows nothing left to do.',
    });
  });

  test('a stage begins when the one before has settled', async () => {
    const { cloud, dispatcher } = setUp({ plan: plan(stage(want(power('red'), 'off')), stage(want(gate('red'), 'closed'))) });
    let go: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    cloud.before = ({ name }) => (name === 'SetPower' ? held : undefined);
    const containing = dispatcher.contain({ arn: red, by: 'test' });
    await settled();
    expect(valueAt(cloud, gate('red'))).toBe('web');
    go();
    await containing;
    expect(valueAt(cloud, gate('red'))).toBe('closed');
  });

  test('what AWS does not show yet is looked for again before it is called not readable', async () => {
    const { cloud, dispatcher, drive } = setUp({ plan: plan(stage(want(power('red'), 'off'), want(bolt('new'), 'shut'))) });
    const begun = await dispatcher.contain({ arn: red, by: 'test' });
    expect([begun.record.state, begun.next?.why]).toEqual(['containing', 'AWS does not show all that is to be changed yet']);
    put(cloud, bolt('new'), 'open');
    expect((await drive(begun)).record.state).toBe('contained');
    expect(valueAt(cloud, bolt('new'))).toBe('shut');
  });

  test('what was deleted, and is wanted by no plan any more, does not make it partial', async () => {
    const { cloud, contain } = setUp();
    await contain(red);
    put(cloud, key('red', 'one'), null);
    expect((await contain(red)).record).toMatchObject({ state: 'contained', failures: [] });
  });

  test('where each look shows something new, it is tried for some time, and is partial then', async () => {
    const { cloud, dispatcher, drive } = setUp();
    let made = 0;
    cloud.before = ({ name }) => {
      if (name === 'Look') put(cloud, key('red', `new-${made++}`), 'Active');
    };
    const begun = await dispatcher.contain({ arn: red, by: 'test' });
    expect([begun.record.state, begun.next?.why]).toEqual(['containing', 'changes are still being made']);
    const progress = await drive(begun);
    expect([progress.record.state, codes(progress)]).toEqual(['partial', ['not-settling']]);
    expect(made).toBeGreaterThan(50);
  });

  test('a look that fails in passing is taken again', async () => {
    const { cloud, contain } = setUp();
    failing(cloud, 'Look', answered('Throttling'), 2);
    expect((await contain(red)).record.state).toBe('contained');
  });

  test('a look that fails again and again makes it partial; done is what was done, and nothing else', async () => {
    const both = ({ arn }: { readonly arn: string }) => [
      want({ setting: 'toy.seal', on: arn }, 'sealed'),
      want({ setting: 'toy.note', on: arn }, 'contained'),
    ];
    const { cloud, contain } = setUp({ immediate: both });
    cloud.before = ({ name }) => {
      if (name === 'Look') throw answered('ServiceFailure', 500);
      if (name === 'SetNote') throw answered('AccessDenied', 403);
    };
    const { record } = await contain(red);
    expect(record.state).toBe('partial');
    expect(record.failures).toMatchObject([{ code: 'ServiceFailure', done: ['Make toy.seal sealed'] }]);
  });

  test('a look that is denied makes it partial at once: it will not pass', async () => {
    const { cloud, dispatcher } = setUp();
    failing(cloud, 'Look', answered('AccessDenied', 403));
    expect((await dispatcher.contain({ arn: red, by: 'test' })).record.state).toBe('partial');
  });

  test('what is contained is not even looked at by a process that must end', async () => {
    const { cloud, contain, dispatcher } = setUp();
    const { record } = await contain(red);
    failing(cloud, 'Look', new Error('it looks'));
    expect(await dispatcher.advance(record.id, { hurry: true })).toEqual({ record });
  });

  test('a write in advance whose answer was lost is undone too where the entity is not there', async () => {
    const { cloud, contain, ledger } = setUp(sealed);
    cloud.boxes.delete(red);
    const before = dump(cloud);
    let lost = false;
    cloud.after = ({ name }) => {
      if (name !== 'SetSeal' || lost) return;
      lost = true;
      throw unanswered();
    };
    expect((await contain(red)).record.state).toBe('refused');
    expect([lost, dump(cloud), await ledger.allOpen()]).toEqual([true, before, []]);
  });
});

describe('a hop for which AWS has no room', () => {
  test('is left out, and the last value is made in the same call', async () => {
    const { cloud, dispatcher } = setUp({
      plan: plan(
        {
          ...stage(want(gate('red'), 'open', { transit: true })),
          dwell: { seconds: 60, why: 'it passes' },
        },
        stage(want(gate('red'), 'closed')),
      ),
    });
    cloud.before = ({ value }) => {
      if (value === 'open') throw answered('LimitExceeded', 409);
    };
    await dispatcher.contain({ arn: red, by: 'test' });
    expect(valueAt(cloud, gate('red'))).toBe('closed');
  });
});

describe('a guardrail that a look calls for', () => {
  const byRealArn: ToyParts = {
    ...sealed,
    plan: () => [
      stage(want(seal('red'), 'sealed', { arn: box('real/red') }), want(power('red'), 'off', { arn: box('real/red') })),
    ],
  };

  test('refuses an entity whose real ARN is protected, and undoes what was done in advance', async () => {
    const { cloud, contain, ledger } = setUp(byRealArn, protect(box('real/*')));
    const before = dump(cloud);
    const progress = await contain(red);
    expect([progress.record.state, codes(progress)]).toEqual(['refused', ['protected']]);
    expect([dump(cloud), await ledger.allOpen()]).toEqual([before, []]);
  });

  test('does not open again what was contained before it was protected', async () => {
    const { cloud, contain, another } = setUp(byRealArn);
    const { record } = await contain(red);
    const b = another('process-b', protect(box('real/*')));
    const progress = await b.drive(await b.dispatcher.advance(record.id));
    expect([progress.record.state, codes(progress)]).toEqual(['partial', ['protected']]);
    expect([valueAt(cloud, seal('red')), valueAt(cloud, power('red'))]).toEqual(['sealed', 'off']);
  });

  test('names what is protected and nothing else', async () => {
    const { contain } = setUp(
      { plan: plan(stage(want(power('red'), 'off'), want(bolt('shared'), 'shut'))) },
      protect(lock('shared')),
    );
    const { record } = await contain(red);
    expect(record.failures).toMatchObject([{ code: 'protected', message: expect.stringContaining(lock('shared')) }]);
  });
});

describe('room', () => {
  const chain = plan(stage(want(power('red'), 'off', { else: want(gate('red'), 'closed') })));

  test('that is found missing after other attempts is replaced as well: nothing is contained without its else', async () => {
    const { cloud, contain } = setUp({ plan: chain });
    let attempts = 0;
    cloud.before = ({ name }) => {
      if (name === 'SetPower') throw attempts++ === 0 ? answered('Throttling') : answered('LimitExceeded', 409);
    };
    expect((await contain(red)).record.state).toBe('contained');
    expect([attempts, valueAt(cloud, gate('red'))]).toEqual([2, 'closed']);
  });

  test('that was made is used by the next attempt at what was partial', async () => {
    const { cloud, contain, release } = setUp({ plan: cutPower });
    const before = dump(cloud);
    cloud.full.add(targetKey(power('red')));
    expect(codes(await contain(red))).toEqual(['no-room']);
    cloud.full.clear();
    expect((await contain(red)).record).toMatchObject({ state: 'contained', failures: [] });
    expect(valueAt(cloud, power('red'))).toBe('off');
    await release(red);
    expect(dump(cloud)).toEqual(before);
  });

  test('that was made later changes nothing of what is contained by its else', async () => {
    const { cloud, contain } = setUp({ plan: chain });
    cloud.full.add(targetKey(power('red')));
    await contain(red);
    cloud.full.clear();
    cloud.writes.length = 0;
    expect((await contain(red)).record.state).toBe('contained');
    expect([cloud.writes, valueAt(cloud, power('red'))]).toEqual([[], 'on']);
  });
});

describe('releasing', () => {
  test('a write that fails in passing is made again', async () => {
    const { cloud, contain, release } = setUp();
    const before = dump(cloud);
    await contain(red);
    failing(cloud, 'SetPower', answered('Throttling'), 3);
    expect((await release(red)).record.state).toBe('released');
    expect(dump(cloud)).toEqual(before);
  });

  test('one that fails so again and again blocks it', async () => {
    const { cloud, contain, release } = setUp();
    await contain(red);
    failing(cloud, 'SetPower', answered('ServiceFailure', 500));
    const progress = await release(red);
    expect([progress.record.state, codes(progress)]).toEqual(['release-blocked', ['ServiceFailure']]);
  });

  test('one that is refused blocks it at once, whatever else would pass', async () => {
    const { cloud, contain, dispatcher } = setUp();
    await contain(red);
    cloud.before = ({ name }) => {
      if (name === 'SetPower') throw answered('AccessDenied', 403);
      if (name === 'SetKey') throw answered('Throttling');
    };
    const progress = await dispatcher.release({ target: red, by: 'test' });
    expect([progress.record.state, codes(progress).toSorted()]).toEqual(['release-blocked', ['Throttling', 'access-denied']]);
  });

  test('an original that AWS never shows blocks it; meanwhile it is written again, but not with every look', async () => {
    const { cloud, contain, release, clock } = setUp({ plan: cutPower });
    await contain(red);
    cloud.writes.length = 0;
    cloud.late = new Map(cloud.values);
    const begun = clock.now();
    const progress = await release(red);
    expect([progress.record.state, codes(progress)]).toEqual(['release-blocked', ['not-settling']]);
    const most = (clock.now() - begun) / 10_000;
    expect(cloud.writes.length).toBeGreaterThan(most / 2);
    expect(cloud.writes.length).toBeLessThanOrEqual(most + 1);
  });

  test('a look that fails in passing is taken again, one that always fails blocks it, and one that is denied does so at once', async () => {
    const { cloud, contain, release, dispatcher } = setUp();
    await contain(red);
    failing(cloud, 'Look', answered('AccessDenied', 403));
    expect((await dispatcher.release({ target: red, by: 'test' })).record.state).toBe('release-blocked');
    failing(cloud, 'Look', answered('ServiceFailure', 500));
    expect(codes(await release(red))).toEqual(['ServiceFailure']);
    failing(cloud, 'Look', answered('Throttling'), 2);
    expect((await release(red)).record.state).toBe('released');
  });

  test('one that was blocked is gone on with, and contains nothing again', async () => {
    const { cloud, contain, release, dispatcher, drive } = setUp();
    const before = dump(cloud);
    await contain(red);
    failing(cloud, 'SetPower', answered('AccessDenied', 403));
    const { record } = await release(red);
    delete cloud.before;
    expect((await drive(await dispatcher.advance(record.id))).record.state).toBe('released');
    expect(dump(cloud)).toEqual(before);
  });

  test('what AWS is at for ever blocks it after minutes', async () => {
    const { cloud, contain, release, clock } = setUp({ plan: cutPower });
    await contain(red);
    cloud.pending.set(targetKey(power('red')), 'it is cooling down');
    const begun = clock.now();
    expect(codes(await release(red))).toEqual(['pending']);
    expect(clock.now() - begun).toBeLessThan(10 * 60_000);
  });

  test('what was deleted right after its original was written keeps nothing waiting', async () => {
    const { cloud, contain, dispatcher } = setUp({ plan: cutPower });
    await contain(red);
    cloud.after = ({ name }) => {
      if (name === 'SetPower') put(cloud, power('red'), null);
    };
    expect((await dispatcher.release({ target: red, by: 'test' })).record.state).toBe('released');
  });

  test('of an incident that holds nothing changes nothing of the record', async () => {
    const { contain, release, ledger } = setUp();
    const { record } = await contain(red, { incident: 'one' });
    await release(red, { incident: 'other' });
    expect((await ledger.openById(record.id))?.value).toEqual(record);
  });

  test('what AWS is still at after the original was written is not called put back', async () => {
    const { cloud, contain, dispatcher, drive } = setUp({ plan: cutPower });
    await contain(red);
    cloud.after = ({ name }) => {
      if (name === 'SetPower') cloud.pending.set(targetKey(power('red')), 'it is warming up');
    };
    const begun = await dispatcher.release({ target: red, by: 'test' });
    expect([begun.record.state, valueAt(cloud, power('red'))]).toEqual(['releasing', 'on']);
    cloud.pending.clear();
    expect((await drive(begun)).record.state).toBe('released');
  });

  test('what another entity has joined meanwhile is repaired by whoever wrote the original over it', async () => {
    const of = setUp({ plan: plan(stage(want(bolt('shared'), 'shut'))) });
    await of.contain(blue);
    let go: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    of.cloud.before = ({ value }) => (value === 'open' ? held : undefined);
    const releasing = of.dispatcher.release({ target: blue, by: 'test' });
    await settled();
    await of.another('process-b').dispatcher.contain({ arn: red, by: 'test' });
    go();
    const { record } = await of.drive(await releasing);
    expect([record.state, record.targets[0]?.released]).toEqual(['released', 'others']);
    // Nobody has looked for the other entity since.
    expect(valueAt(of.cloud, bolt('shared'))).toBe('shut');
  });

  test('a wait before steps that have nothing to undo is left out', async () => {
    const { contain, dispatcher } = setUp({
      plan: cutPower,
      release: ['toy.power', { wait: 60, why: 'it must cool down' }, 'toy.gate'],
    });
    await contain(red);
    expect((await dispatcher.release({ target: red, by: 'test' })).record.state).toBe('released');
  });

  test('the last look does not report what was kept on purpose', async () => {
    const { contain, release, dispatcher, clock } = setUp({ plan: cutPower });
    await contain(red);
    const { record } = await release(red, { keep: [power('red')] });
    clock.turn(10 * 60_000);
    const looked = await dispatcher.advance(record.id);
    expect([looked.record.failures, looked.record.events.at(-1)?.text]).toEqual([
      [],
      'A last look shows nothing that came back.',
    ]);
  });
});

test('each session is opened for its purpose: to release nothing that only a containment needs', async () => {
  const purposes: string[] = [];
  const of: ToySetup = setUp();
  const b = of.another('process-b', {
    open: async (_place, _manifest, purpose) => {
      purposes.push(purpose);
      throw new Error('closed');
    },
  });
  await expect(b.contain(red)).rejects.toThrow('closed');
  const { record } = await of.contain(red);
  await expect(b.dispatcher.advance(record.id)).rejects.toThrow('closed');
  await expect(b.release(red)).rejects.toThrow('closed');
  failing(of.cloud, 'SetPower', answered('AccessDenied', 403));
  await of.release(red);
  await expect(b.dispatcher.advance(record.id)).rejects.toThrow('closed');
  expect(purposes).toEqual(['contain', 'contain', 'release', 'release']);
});
