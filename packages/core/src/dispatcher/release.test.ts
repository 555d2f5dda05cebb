import type { Target } from '@entity-lockdown/plugin-api';
import { describe, expect, test } from 'vitest';
import { LockdownError } from '../failure.ts';
import { targetKey } from '../ledger/record.ts';
import { answered, bolt, box, dump, gate, key, lock, power, put, seal, valueAt } from '../testing/toy-cloud.ts';
import { plainPlan, type ToyParts, want } from '../testing/toy-plugin.ts';
import { setUp, type ToySetup } from '../testing/toy-setup.ts';
import type { Progress } from './types.ts';

const red = box('red');
const plan =
  (...changes: ReturnType<typeof want>[]): NonNullable<ToyParts['plan']> =>
  () => [{ title: 'cut', changes }];
const sealed: ToyParts = {
  immediate: ({ arn }) => [want({ setting: 'toy.seal', on: arn }, 'sealed')],
  plan: (now, entity) => [
    { title: 'seal', changes: [want({ setting: 'toy.seal', on: entity.arn }, 'sealed')] },
    ...plainPlan(now, entity),
  ],
};
const outcomeOf = ({ record }: Progress, target: Target): string | undefined =>
  record.targets.find((each) => targetKey(each) === targetKey(target))?.released;

async function refusalOf(attempt: Promise<unknown>): Promise<LockdownError> {
  const thrown = await attempt.catch((error: unknown) => error);
  if (!(thrown instanceof LockdownError)) throw new Error('it went on');
  return thrown;
}

describe('released', () => {
  test('is how it was, read back; the record is archived, and says when to look a last time', async () => {
    const { cloud, contain, release, ledger, clock } = setUp(sealed);
    const before = dump(cloud);
    await contain(red);
    const { record } = await release(red);
    expect([record.state, dump(cloud)]).toEqual(['released', before]);
    expect(await ledger.allOpen()).toEqual([]);
    expect((await ledger.archived(record.id))?.value.state).toBe('released');
    expect(Date.parse(record.next?.at ?? '')).toBe(clock.now() + 10 * 60_000);
    expect(record.events.at(-1)?.text).toBe('Released: 3 put back and read back.');
  });

  test('writes the original once even where it reads so already: the reading may be late', async () => {
    const { cloud, contain, release } = setUp();
    const before = new Map(cloud.values);
    await contain(red);
    cloud.writes.length = 0;
    cloud.late = before;
    await release(red);
    expect(cloud.writes.toSorted()).toEqual([`SetKey ${red}#one = "Active"`, `SetPower ${red} = "on"`]);
  });

  test('is not said before AWS shows it', async () => {
    const { cloud, contain, dispatcher, drive } = setUp();
    await contain(red);
    cloud.late = new Map(cloud.values);
    const begun = await dispatcher.release({ target: red, by: 'test' });
    expect(begun.record.state).toBe('releasing');
    expect(begun.next?.why).toContain('waiting until AWS shows the original again');
    delete cloud.late;
    expect((await drive(begun)).record.state).toBe('released');
  });

  test('is blocked, and says why, where an original cannot be put back; a later run completes it', async () => {
    const { cloud, contain, release } = setUp();
    const before = dump(cloud);
    await contain(red);
    cloud.before = ({ name }) => {
      if (name === 'SetPower') throw answered('AccessDenied', 403);
    };
    const blocked = await release(red);
    expect(blocked.record).toMatchObject({ state: 'release-blocked', failures: [{ action: 'toy:SetPower' }] });
    delete cloud.before;
    expect((await release(red)).record.state).toBe('released');
    expect(dump(cloud)).toEqual(before);
  });

  test('waits for what AWS is still at before it writes', async () => {
    const { cloud, contain, dispatcher, drive } = setUp();
    await contain(red);
    cloud.writes.length = 0;
    cloud.pending.set(targetKey(power('red')), 'it is cooling down');
    const begun = await dispatcher.release({ target: red, by: 'test' });
    expect([begun.record.state, cloud.writes]).toEqual(['releasing', []]);
    cloud.pending.clear();
    expect((await drive(begun)).record.state).toBe('released');
  });

  test('what was never contained, or was released before, is said to be so', async () => {
    const { contain, release } = setUp();
    expect(await refusalOf(release(red))).toMatchObject({ kind: 'invalid', failure: { code: 'not-contained' } });
    const { record } = await contain(red);
    await release(record.id);
    expect(await refusalOf(release(record.id))).toMatchObject({ kind: 'refused', failure: { code: 'already-released' } });
    expect(await refusalOf(release('0123456789abcdef-aaaaaaaa'))).toMatchObject({ failure: { code: 'no-record' } });
  });
});

describe('what somebody changed meanwhile', () => {
  test('is left as it is and reported; the rest is put back', async () => {
    const { cloud, contain, release, clock } = setUp();
    const before = dump(cloud);
    await contain(red);
    put(cloud, power('red'), 'dim');
    const begun = clock.now();
    const progress = await release(red);
    expect(progress.record.state).toBe('released');
    expect([outcomeOf(progress, power('red')), outcomeOf(progress, key('red', 'one'))]).toEqual(['drift', 'restored']);
    expect(dump(cloud)).toEqual({ ...before, [targetKey(power('red'))]: 'dim' });
    expect(progress.record.events.map(({ text }) => text)).toContain(
      'Left as it is, somebody changed it meanwhile: Make toy.power off',
    );
    // One look can be late: it is believed only after a second.
    expect(clock.now() - begun).toBeGreaterThanOrEqual(10_000);
  });

  test('is put back where that is asked for', async () => {
    const { cloud, contain, release } = setUp();
    const before = dump(cloud);
    await contain(red);
    put(cloud, power('red'), 'dim');
    const progress = await release(red, { force: true });
    expect(outcomeOf(progress, power('red'))).toBe('restored');
    expect(dump(cloud)).toEqual(before);
  });

  test('is no change where one look alone showed it', async () => {
    const { cloud, contain, dispatcher, drive } = setUp();
    const before = dump(cloud);
    await contain(red);
    cloud.late = new Map([...cloud.values, [targetKey(power('red')), 'dim']]);
    const begun = await dispatcher.release({ target: red, by: 'test' });
    expect(begun.next?.why).toContain('looking again');
    delete cloud.late;
    const progress = await drive(begun);
    expect(outcomeOf(progress, power('red'))).toBe('restored');
    expect(dump(cloud)).toEqual(before);
  });

  test('is the original of the next containment', async () => {
    const { cloud, contain, release } = setUp();
    await contain(red);
    put(cloud, power('red'), 'dim');
    await release(red);
    await contain(red);
    expect(valueAt(cloud, power('red'))).toBe('off');
    await release(red);
    expect(valueAt(cloud, power('red'))).toBe('dim');
  });

  test('what we created is removed, whatever was done to it', async () => {
    const { cloud, contain, release } = setUp(sealed);
    const before = dump(cloud);
    await contain(red);
    put(cloud, seal('red'), 'tampered with');
    const progress = await release(red);
    expect(outcomeOf(progress, seal('red'))).toBe('restored');
    expect(dump(cloud)).toEqual(before);
  });

  test('what is gone is said to be', async () => {
    const { cloud, contain, release } = setUp();
    await contain(red);
    put(cloud, key('red', 'one'), null);
    const progress = await release(red);
    expect([progress.record.state, outcomeOf(progress, key('red', 'one'))]).toEqual(['released', 'gone']);
    expect(valueAt(cloud, key('red', 'one'))).toBeUndefined();
  });
});

describe('what first appeared after the containment', () => {
  test('is contained too, and stays contained', async () => {
    const { cloud, contain, release } = setUp();
    await contain(red);
    put(cloud, key('red', 'two'), 'Active');
    await contain(red);
    const progress = await release(red);
    expect([outcomeOf(progress, key('red', 'one')), outcomeOf(progress, key('red', 'two'))]).toEqual(['restored', 'late']);
    expect([valueAt(cloud, key('red', 'one')), valueAt(cloud, key('red', 'two'))]).toEqual(['Active', 'Inactive']);
  });

  test('even where its release is forced', async () => {
    const { cloud, contain, release } = setUp();
    await contain(red);
    put(cloud, key('red', 'two'), 'Active');
    await contain(red);
    await release(red, { force: true });
    expect(valueAt(cloud, key('red', 'two'))).toBe('Inactive');
  });

  test('but what can serve elsewhere is put back', async () => {
    const { cloud, contain, release } = setUp({
      plan: ({ values }) => [
        {
          title: 'cut',
          changes: [want(power('red'), 'off'), ...(values.has(targetKey(bolt('new'))) ? [want(bolt('new'), 'shut')] : [])],
        },
      ],
    });
    await contain(red);
    put(cloud, bolt('new'), 'open');
    await contain(red);
    expect(valueAt(cloud, bolt('new'))).toBe('shut');
    await release(red);
    expect(valueAt(cloud, bolt('new'))).toBe('open');
  });
});

describe('what is to be kept', () => {
  test('stays, and the next containment takes it over with the original', async () => {
    const { cloud, contain, release } = setUp();
    const before = dump(cloud);
    await contain(red);
    const progress = await release(red, { keep: [power('red')] });
    expect([progress.record.state, outcomeOf(progress, power('red'))]).toEqual(['released', 'kept']);
    expect([valueAt(cloud, power('red')), valueAt(cloud, key('red', 'one'))]).toEqual(['off', 'Active']);
    await contain(red);
    await release(red);
    expect(dump(cloud)).toEqual(before);
  });

  test('long after too: it is not forgotten as an undone value is', async () => {
    const { cloud, contain, release, clock } = setUp();
    const before = dump(cloud);
    await contain(red);
    await release(red, { keep: [power('red')] });
    clock.turn(24 * 3_600_000);
    await contain(red);
    await release(red);
    expect(dump(cloud)).toEqual(before);
  });

  test('must be a change of the record', async () => {
    const { cloud, contain, release } = setUp();
    await contain(red);
    cloud.writes.length = 0;
    const thrown = await refusalOf(release(red, { keep: [power('blue')] }));
    expect(thrown).toMatchObject({ kind: 'invalid', failure: { code: 'unknown-change' } });
    expect(thrown.failure.next).toContain(targetKey(power('red')));
    expect(cloud.writes).toEqual([]);
  });

  test('must not be back already, by a release that was blocked after it', async () => {
    const { cloud, contain, release } = setUp({ release: ['toy.power', 'toy.key'] });
    await contain(red);
    cloud.before = ({ name }) => {
      if (name === 'SetKey') throw answered('AccessDenied', 403);
    };
    expect((await release(red)).record.state).toBe('release-blocked');
    delete cloud.before;
    const thrown = await refusalOf(release(red, { keep: [power('red')] }));
    expect(thrown).toMatchObject({ kind: 'invalid', failure: { code: 'put-back-already' } });
    expect(valueAt(cloud, key('red', 'one'))).toBe('Inactive');
    const progress = await release(red, { keep: [key('red', 'one')] });
    expect([progress.record.state, outcomeOf(progress, key('red', 'one'))]).toEqual(['released', 'kept']);
  });

  test('must be known to whoever is releasing it just now', async () => {
    const { cloud, contain, release, another } = setUp();
    await contain(red);
    let asked: Promise<LockdownError> | undefined;
    cloud.before = async ({ name }) => {
      if (name !== 'SetPower' || asked !== undefined) return;
      asked = refusalOf(another('process-b').dispatcher.release({ target: red, by: 'test', keep: [key('red', 'one')] }));
      await asked;
    };
    expect((await release(red)).record.state).toBe('released');
    expect(await asked).toMatchObject({ kind: 'refused', failure: { code: 'being-released' } });
  });
});

describe('a resource made again under its name', () => {
  test('is another one: nothing of the one before is put back on it', async () => {
    const { cloud, contain, release } = setUp({ plan: plan(want(power('red'), 'off'), want(bolt('shared'), 'shut')) });
    await contain(red);
    cloud.ids.set(lock('shared'), 'LOCK-2');
    put(cloud, bolt('shared'), 'ajar');
    const progress = await release(red);
    expect([progress.record.state, outcomeOf(progress, bolt('shared'))]).toEqual(['released', 'gone']);
    expect(valueAt(cloud, bolt('shared'))).toBe('ajar');
  });

  test('has an original of its own in the next containment', async () => {
    const { cloud, contain, release } = setUp({ plan: plan(want(power('red'), 'off'), want(bolt('shared'), 'shut')) });
    await contain(red);
    cloud.ids.set(lock('shared'), 'LOCK-2');
    put(cloud, bolt('shared'), 'ajar');
    expect((await contain(red)).record.state).toBe('contained');
    expect(valueAt(cloud, bolt('shared'))).toBe('shut');
    await release(red);
    expect(valueAt(cloud, bolt('shared'))).toBe('ajar');
  });
});

describe('the order of the way back', () => {
  const ordered: ToyParts = {
    ...sealed,
    release: ['toy.seal', { wait: 8, why: 'the seal comes off slowly' }, 'toy.power'],
  };

  test('is the plugin’s: what it does not name first, and waits between', async () => {
    const { cloud, contain, release, clock } = setUp(ordered);
    await contain(red);
    cloud.writes.length = 0;
    const at: number[] = [];
    const begun = clock.now();
    cloud.before = ({ name }) => {
      if (name !== 'Look') at.push(Math.round((clock.now() - begun) / 1_000));
    };
    await release(red);
    expect(cloud.writes).toEqual([`SetKey ${red}#one = "Active"`, `SetSeal ${red} = null`, `SetPower ${red} = "on"`]);
    expect(at).toEqual([0, 0, 8]);
  });

  test('a wait is served once, whoever goes on', async () => {
    const { cloud, contain, dispatcher, clock, another } = setUp(ordered);
    await contain(red);
    const begun = await dispatcher.release({ target: red, by: 'test' });
    const end = clock.now() + 8_000;
    expect(begun.next).toEqual({ at: new Date(end).toISOString(), why: 'the seal comes off slowly' });
    clock.turn(5_000);
    const b = another('process-b');
    expect((await b.dispatcher.advance(begun.record.id)).next?.at).toBe(begun.next?.at);
    expect(valueAt(cloud, power('red'))).toBe('off');
    clock.turn(3_000);
    const done = await another('process-c').dispatcher.advance(begun.record.id);
    expect([done.record.state, valueAt(cloud, power('red'))]).toEqual(['released', 'on']);
    expect(clock.now()).toBe(end);
    expect(done.record.events.filter(({ what }) => what === 'waiting')).toHaveLength(1);
  });

  test('a wait is left out where nothing was written before it, or nothing comes after', async () => {
    for (const release of [
      [{ wait: 300, why: 'x' }, 'toy.key', 'toy.power'],
      ['toy.key', 'toy.power', { wait: 300, why: 'x' }],
    ] as const) {
      const { contain, release: back, clock } = setUp({ release });
      await contain(red);
      const begun = clock.now();
      expect((await back(red)).record.state).toBe('released');
      expect(clock.now() - begun).toBeLessThan(300_000);
    }
  });

  test.each([
    ['what to keep', { keep: [power('red')] }, 'kept', 'dim'],
    ['whether by force', { force: true }, 'restored', 'on'],
  ])('an interrupted release goes on as it was asked for: %s', async (_, order, outcome, value) => {
    const { cloud, contain, dispatcher, clock, another } = setUp(ordered);
    await contain(red);
    put(cloud, power('red'), 'dim');
    await dispatcher.release({ target: red, by: 'test', ...order });
    clock.turn(8_000);
    const goneOn = await another('process-b').release(red);
    expect([goneOn.record.state, outcomeOf(goneOn, power('red'))]).toEqual(['released', outcome]);
    expect(valueAt(cloud, power('red'))).toBe(value);
  });

  test('a release that is asked for once more in the wait does not wait longer', async () => {
    const { contain, dispatcher, clock, another } = setUp(ordered);
    await contain(red);
    const begun = await dispatcher.release({ target: red, by: 'test' });
    clock.turn(5_000);
    const again = await another('process-b').dispatcher.release({ target: red, by: 'test' });
    expect(again.next).toEqual(begun.next);
  });
});

describe('the last look, ten minutes later', () => {
  const lookAfter = async (meanwhile: (of: ToySetup) => unknown, ms = 10 * 60_000, before: (of: ToySetup) => void = () => {}) => {
    const of = setUp(sealed);
    before(of);
    await of.contain(red);
    const { record } = await of.release(red);
    await meanwhile(of);
    of.clock.turn(ms);
    return { of, looked: await of.dispatcher.advance(record.id) };
  };

  test('is not taken before', async () => {
    const { looked } = await lookAfter(() => {}, 9 * 60_000);
    expect(looked.record.events.at(-1)?.what).toBe('released');
    expect(looked.next?.why).toContain('a last look');
  });

  test('reports what came back, and changes nothing: by now another may want it', async () => {
    const { of, looked } = await lookAfter(({ cloud }) => put(cloud, power('red'), 'off'));
    expect(looked.record.failures).toMatchObject([{ code: 'came-back', on: red }]);
    expect([looked.next, looked.record.next]).toEqual([undefined, undefined]);
    expect(valueAt(of.cloud, power('red'))).toBe('off');
  });

  test('does not take what was so before the containment for something that came back', async () => {
    const { looked } = await lookAfter(
      () => {},
      10 * 60_000,
      ({ cloud }) => put(cloud, power('red'), 'off'),
    );
    expect(looked.record.targets.find(({ setting }) => setting === 'toy.power')?.released).toBe('restored');
    expect(looked.record.failures).toEqual([]);
  });

  test('does not take what another record wants by now for something that came back', async () => {
    const { of, looked } = await lookAfter(({ contain }) => contain(red));
    expect(valueAt(of.cloud, power('red'))).toBe('off');
    expect(looked.record.failures).toEqual([]);
    expect((await of.ledger.allOpen()).map(({ state }) => state)).toEqual(['contained']);
  });

  test('is taken once', async () => {
    const { of, looked } = await lookAfter(() => {});
    expect(looked.record.failures).toEqual([]);
    const again = await of.dispatcher.advance(looked.record.id);
    expect(again.record.events.filter(({ what }) => what === 'last-look')).toHaveLength(1);
  });
});

test('a reading of the time before is neither an original nor a success, if the next containment comes soon', async () => {
  const { cloud, contain, release, clock } = setUp();
  const before = dump(cloud);
  await contain(red);
  const contained = new Map(cloud.values);
  await release(red);
  clock.turn(1_000);
  cloud.late = contained;
  expect((await contain(red)).record.state).toBe('contained');
  expect(valueAt(cloud, power('red'))).toBe('off');
  delete cloud.late;
  await release(red);
  expect(dump(cloud)).toEqual(before);
});

test('what was done in advance by a process that died is not taken for an original', async () => {
  const { cloud, another, contain, release } = setUp(sealed);
  const before = dump(cloud);
  cloud.after = ({ name }) => (name === 'SetSeal' ? new Promise(() => {}) : undefined);
  void another('process-dead').dispatcher.contain({ arn: red, by: 'test' });
  await new Promise((resolve) => setTimeout(resolve, 5));
  delete cloud.after;
  expect(valueAt(cloud, seal('red'))).toBe('sealed');
  await contain(red);
  await release(red);
  expect(dump(cloud)).toEqual(before);
});

test('a hop is never restored to', async () => {
  const { cloud, contain, release } = setUp({
    plan: () => [
      {
        title: 'pass',
        changes: [want(gate('red'), 'open', { transit: true })],
        dwell: { seconds: 60, why: 'flows end' },
      },
      { title: 'close', changes: [want(gate('red'), 'closed')] },
    ],
  });
  const before = dump(cloud);
  await contain(red);
  put(cloud, gate('red'), 'open');
  await release(red);
  expect(dump(cloud)).toEqual(before);
});
