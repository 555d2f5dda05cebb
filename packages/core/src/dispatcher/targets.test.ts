import { describe, expect, test } from 'vitest';
import type { ContainmentRecord, RecordTarget } from '../ledger/record.ts';
import { targetKey } from '../ledger/record.ts';
import { bolt, box, gate, key, power, seal, toyCloud } from '../testing/toy-cloud.ts';
import { type ToyChange, type ToyStage, toyPlugin, want } from '../testing/toy-plugin.ts';
import { type AnyStage, mergePlans, releaseSteps, standingOf, withWanted } from './targets.ts';
import { settingOf } from './work.ts';

const plugin = toyPlugin(toyCloud());
const room = () => false;
const stages = (...changes: readonly (readonly ToyChange[])[]): readonly AnyStage[] =>
  changes.map((each, index): ToyStage => ({ title: `stage ${index}`, changes: each })) as unknown as readonly AnyStage[];

const hopPlan: readonly AnyStage[] = [
  {
    title: 'pass',
    changes: [want(gate('red'), 'open', { transit: true, title: 'Open' })],
    dwell: { seconds: 60, why: 'flows end' },
  },
  { title: 'close', changes: [want(gate('red'), 'closed', { title: 'Close' })] },
] as readonly AnyStage[];

describe('plans become targets with paths', () => {
  test('the changes of one target are its path, in the order of the stages', () => {
    const { targets, dwells, contradictions } = mergePlans([hopPlan], plugin, room);
    expect(targets).toEqual([
      {
        ...gate('red'),
        title: 'Close',
        hopTitle: 'Open',
        path: ['open', 'closed'],
        stage: 0,
        dwell: 60,
        dwellFor: 'flows end',
      },
    ]);
    expect(dwells).toEqual(['flows end']);
    expect(contradictions).toEqual([]);
  });

  test('a dwell is that of the hop’s stage; what does not rest has none', () => {
    const plan = [{ ...hopPlan[0], changes: [...(hopPlan[0]?.changes ?? []), want(power('red'), 'off')] }, hopPlan[1]];
    const { targets } = mergePlans([plan as readonly AnyStage[]], plugin, room);
    expect(targets.map(({ setting, dwell }) => [setting, dwell])).toEqual([
      ['toy.gate', 60],
      ['toy.power', 0],
    ]);
  });

  test('the same value wanted twice is one value', () => {
    const { targets, contradictions } = mergePlans(
      [stages([want(power('red'), 'off')], [want(power('red'), 'off')])],
      plugin,
      room,
    );
    expect(targets.map(({ path }) => path)).toEqual([['off']]);
    expect(contradictions).toEqual([]);
  });

  test.each([
    ['in one stage', [stages([want(power('red'), 'off'), want(power('red'), 'dim')])]],
    ['after a hop and a last value', [stages([want(power('red'), 'a')], [want(power('red'), 'b')], [want(power('red'), 'c')])]],
    ['by two holds', [stages([want(power('red'), 'off')]), stages([want(power('red'), 'dim')])]],
  ])('two values of one target, %s, contradict each other', (_, plans) => {
    expect(mergePlans(plans, plugin, room).contradictions).toEqual([targetKey(power('red'))]);
  });

  test('two holds want the union; of two paths to one value the longer, and the longer dwell', () => {
    const straight = stages([want(gate('red'), 'closed')], [want(power('red'), 'off')]);
    for (const plans of [
      [hopPlan, straight],
      [straight, hopPlan],
    ]) {
      const { targets, contradictions } = mergePlans(plans, plugin, room);
      expect(contradictions).toEqual([]);
      expect(new Map(targets.map(({ setting, path, dwell }) => [setting, [path, dwell]]))).toEqual(
        new Map<string, unknown>([
          ['toy.gate', [['open', 'closed'], 60]],
          ['toy.power', [['off'], 0]],
        ]),
      );
    }
  });

  test('what we create is known to be ours; what a change says of itself is kept', () => {
    const more = { arn: 'arn:full', serial: 's', optional: 'o', irreversible: 'i' };
    const { targets } = mergePlans([stages([want(seal('red'), 'x', more)])], plugin, room);
    expect(targets[0]).toMatchObject({ marked: true, ...more });
    expect(mergePlans([stages([want(power('red'), 'x')])], plugin, room).targets[0]).not.toHaveProperty('marked');
  });
});

describe('where there is no room', () => {
  const chain = want(seal('red'), 'x', { else: want(power('red'), 'off', { else: want(bolt('shared'), 'shut') }) });
  const without = (...full: readonly { readonly setting: string }[]) =>
    mergePlans([stages([chain])], plugin, (each) => full.some(({ setting }) => each.startsWith(setting)));

  test('the first link with room is wanted', () => {
    expect(without().targets.map(({ setting }) => setting)).toEqual(['toy.seal']);
    expect(without(seal('red')).targets.map(({ setting }) => setting)).toEqual(['toy.power']);
    expect(without(seal('red'), power('red')).targets.map(({ setting }) => setting)).toEqual(['toy.bolt']);
    expect(without(power('red')).targets.map(({ setting }) => setting)).toEqual(['toy.seal']);
  });

  test('a chain without an end is said to be exhausted', () => {
    const { targets, exhausted } = without(seal('red'), power('red'), bolt('shared'));
    expect(targets).toEqual([]);
    expect(exhausted.map(({ setting }) => setting)).toEqual(['toy.seal']);
  });
});

const target = (of: { readonly setting: string; readonly on: string }, more: Partial<RecordTarget> = {}): RecordTarget => ({
  ...of,
  title: 't',
  path: ['off'],
  stage: 0,
  dwell: 0,
  ...more,
});
const recordWith = (targets: readonly RecordTarget[], lookedAt?: string) =>
  ({ targets, ...(lookedAt !== undefined && { lookedAt }) }) as unknown as ContainmentRecord;
const isOwn = (on: string): boolean => on.startsWith(box('red'));

describe('what a record wants', () => {
  test('stays wanted when plans no longer name it', () => {
    const before = [target(power('red')), target(bolt('old'))];
    expect(withWanted(recordWith(before, 'x'), [target(power('red'))], isOwn)).toEqual(before);
  });

  test('is what the plans say of it now; what has become of it is kept', () => {
    const failure = { code: 'x', message: 'x', next: 'x', transient: false };
    const course = { hopAt: 'then', unavailable: 'full', late: true as const, failure, released: 'restored' as const };
    const [now] = withWanted(
      recordWith([target(gate('red'), { title: 'old', ...course })], 'x'),
      [target(gate('red'), { title: 'new', path: ['open', 'closed'] })],
      isOwn,
    );
    expect(now).toEqual(target(gate('red'), { title: 'new', path: ['open', 'closed'], ...course }));
  });

  test.each([
    ['a part of the entity, not seen before', key('red', 'two'), 'x', true],
    ['at the first look', key('red', 'two'), undefined, undefined],
    ['another setting of a part that is listed', { setting: 'toy.note', on: key('red', 'one').on }, 'x', undefined],
    ['the entity itself', { setting: 'toy.note', on: box('red') }, 'x', undefined],
    ['a part of something else', key('blue', 'one'), 'x', undefined],
  ])('late is what appeared after the first look: %s', (_, added, lookedAt, late) => {
    const listed = withWanted(recordWith([target(key('red', 'one'))], lookedAt), [target(added)], isOwn);
    expect(listed[1]?.late).toBe(late);
  });
});

describe('where a target stands', () => {
  const cloud = toyCloud();
  const setting = settingOf(toyPlugin(cloud), 'toy.gate');
  const at = Date.parse('2026-11-02T03:04:05Z');
  const hop = target(gate('red'), { path: ['open', 'closed'], dwell: 60 });
  const stand = (of: RecordTarget, value: string | undefined, more: object = {}) => {
    const values = new Map(value === undefined ? [] : [[targetKey(gate('red')), value]]);
    return standingOf(of, setting, { values, pending: new Map() }, { at, hurry: false, fresh: false, ...more });
  };
  const hopAt = (msAgo: number): string => new Date(at - msAgo).toISOString();

  test('a value without a hop is written, or there', () => {
    expect(stand(target(gate('red')), 'web')).toEqual({ kind: 'last', value: 'off' });
    expect(stand(target(gate('red')), 'off')).toEqual({ kind: 'done' });
  });

  test('the hop comes first, once', () => {
    expect(stand(hop, 'web')).toEqual({ kind: 'hop', value: 'open' });
    // Whoever made it rest in the hop already, it is made and counted as ours.
    expect(stand(hop, 'open')).toEqual({ kind: 'hop', value: 'open' });
  });

  test('it dwells in it for its time, counted from its own hop', () => {
    expect(stand({ ...hop, hopAt: hopAt(59_999) }, 'open')).toEqual({ kind: 'dwell', until: at + 1 });
    expect(stand({ ...hop, hopAt: hopAt(60_000) }, 'open')).toEqual({ kind: 'last', value: 'closed' });
  });

  test('what somebody set back goes straight to the last value', () => {
    expect(stand({ ...hop, hopAt: hopAt(10_000) }, 'web')).toEqual({ kind: 'last', value: 'closed' });
  });

  test('but not where the reading may be of the time before the hop', () => {
    expect(stand({ ...hop, hopAt: hopAt(1_000) }, 'web', { fresh: true })).toMatchObject({ kind: 'dwell' });
  });

  test('the last value ends it, whatever the hop', () => {
    expect(stand(hop, 'closed')).toEqual({ kind: 'done' });
    expect(stand({ ...hop, hopAt: hopAt(1_000) }, 'closed')).toEqual({ kind: 'done' });
  });

  test('in a hurry neither a hop is made nor a dwell served', () => {
    expect(stand(hop, 'web', { hurry: true })).toEqual({ kind: 'last', value: 'closed' });
    expect(stand({ ...hop, hopAt: hopAt(1_000) }, 'open', { hurry: true })).toEqual({ kind: 'last', value: 'closed' });
  });

  test('what cannot be read is absent; what AWS is at is pending, whatever it reads', () => {
    expect(stand(hop, undefined)).toEqual({ kind: 'absent' });
    const pending = new Map([[targetKey(gate('red')), 'moving']]);
    const values = new Map([[targetKey(gate('red')), 'closed']]);
    expect(standingOf(hop, setting, { values, pending }, { at, hurry: false, fresh: false })).toEqual({
      kind: 'pending',
      why: 'moving',
    });
  });
});

describe('the way back', () => {
  const targets = [
    target(power('red'), { stage: 0 }),
    target(gate('red'), { stage: 1 }),
    target(seal('red'), { stage: 0 }),
    target(bolt('shared'), { stage: 2 }),
    target(key('red', 'one'), { stage: 1 }),
  ];
  const names = (steps: ReturnType<typeof releaseSteps>) =>
    steps.map((step) => (step.kind === 'wait' ? step.seconds : step.targets.map(({ setting }) => setting)));

  test('without an order, the last stage comes first', () => {
    expect(names(releaseSteps(undefined, targets))).toEqual([['toy.bolt'], ['toy.gate', 'toy.key'], ['toy.power', 'toy.seal']]);
  });

  test('what the order does not name comes before it, then the order, with its waits', () => {
    const order = ['toy.seal', { wait: 8, why: 'so that it is seen' }, ['toy.power', 'toy.gate']] as const;
    expect(names(releaseSteps(order, targets))).toEqual([['toy.bolt'], ['toy.key'], ['toy.seal'], 8, ['toy.power', 'toy.gate']]);
  });

  test('every target is undone in exactly one step', () => {
    const steps = releaseSteps(['toy.gate'], targets).flatMap((step) => (step.kind === 'undo' ? step.targets : []));
    expect(steps.toSorted((a, b) => targetKey(a).localeCompare(targetKey(b)))).toEqual(
      targets.toSorted((a, b) => targetKey(a).localeCompare(targetKey(b))),
    );
  });
});
