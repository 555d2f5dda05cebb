import type { Json, Target } from '@entity-lockdown/plugin-api';
import { describe, expect, test } from 'vitest';
import { LockdownError } from '../failure.ts';
import { targetKey } from '../ledger/record.ts';
import { answered, bolt, box, dump, gate, key, lock, power, put, seal, unanswered, valueAt } from '../testing/toy-cloud.ts';
import { responder } from '../testing/toy-host.ts';
import { plainPlan, type ToyParts, want } from '../testing/toy-plugin.ts';
import { plan, setUp, stage } from '../testing/toy-setup.ts';

const red = box('red');
const immediate: NonNullable<ToyParts['immediate']> = ({ arn }) => [want({ setting: 'toy.seal', on: arn }, 'sealed')];
const sealedPlan: NonNullable<ToyParts['plan']> = (now, entity) => [
  stage(want({ setting: 'toy.seal', on: entity.arn }, 'sealed')),
  ...plainPlan(now, entity),
];
const codes = (progress: { readonly record: { readonly failures: readonly { readonly code: string }[] } }): readonly string[] =>
  progress.record.failures.map(({ code }) => code);

async function refusalOf(attempt: Promise<unknown>): Promise<LockdownError> {
  const thrown = await attempt.catch((error: unknown) => error);
  if (!(thrown instanceof LockdownError)) throw new Error('it went on');
  return thrown;
}

describe('contained', () => {
  test('is said after a look that began after the last write', async () => {
    const { cloud, contain } = setUp();
    const calls: string[] = [];
    cloud.before = ({ name }) => {
      calls.push(name);
    };
    expect((await contain(red)).record.state).toBe('contained');
    expect(calls).toEqual(['Look', 'SetPower', 'SetKey', 'Look']);
    expect([valueAt(cloud, power('red')), valueAt(cloud, key('red', 'one'))]).toEqual(['off', 'Inactive']);
    expect(valueAt(cloud, power('blue'))).toBe('on');
  });

  test('is not said while AWS does not show it, and is once it does', async () => {
    const { cloud, dispatcher, drive, clock } = setUp();
    const before = new Map(cloud.values);
    cloud.late = before;
    const begun = await dispatcher.contain({ arn: red, by: 'test' });
    expect(begun.record.state).toBe('containing');
    clock.turn(1_000);
    expect((await dispatcher.advance(begun.record.id)).record.state).toBe('containing');
    delete cloud.late;
    expect((await drive(begun)).record.state).toBe('contained');
  });

  test('is never said where AWS acknowledges and does nothing: partial, and who to look for', async () => {
    const { cloud, contain } = setUp();
    cloud.after = ({ setting, on }) => {
      if (setting === 'toy.power') put(cloud, { setting, on }, 'on');
    };
    const progress = await contain(red);
    expect(progress.record.state).toBe('partial');
    expect(codes(progress)).toEqual(['not-settling']);
    const title = progress.record.targets.find(({ setting }) => setting === 'toy.power')?.title ?? '';
    expect(progress.record.failures[0]?.message).toContain(`still not as wanted: ${title}.`);
    expect(progress.record.failures[0]?.next).toContain('CloudTrail');
    expect(valueAt(cloud, key('red', 'one'))).toBe('Inactive');
  });

  test('is not said with a door that is known to be open', async () => {
    const { contain } = setUp({ warnings: () => [{ text: 'The window is open.', gap: true }, { text: 'It is dark.' }] });
    const { record, next } = await contain(red);
    expect(record.state).toBe('partial');
    expect(record.warnings.map(({ text }) => text)).toEqual(['The window is open.', 'It is dark.']);
    expect(record.events.at(-1)?.text).toContain('The window is open.');
    expect(next?.why).toContain('partial');
  });

  test('is not said where there was nothing to do', async () => {
    const progress = await setUp({ plan: plan() }).contain(red);
    expect([progress.record.state, codes(progress)]).toEqual(['partial', ['nothing-to-do']]);
  });

  test('is not said for what cuts nothing off', async () => {
    const progress = await setUp({
      plan: plan(stage(want({ setting: 'toy.note', on: red }, 'contained', { optional: 'Others are not told.' }))),
    }).contain(red);
    expect([progress.record.state, codes(progress)]).toEqual(['partial', ['nothing-to-do']]);
  });

  test('is not said where a target is not there to be read', async () => {
    const progress = await setUp({ plan: plan(stage(want(power('red'), 'off'), want(bolt('lost'), 'shut'))) }).contain(red);
    expect([progress.record.state, codes(progress)]).toEqual(['partial', ['not-readable']]);
    expect(progress.record.failures[0]?.on).toBe(lock('lost'));
  });

  test('is said although it was so already: a look has shown it', async () => {
    const { cloud, contain, release } = setUp();
    put(cloud, power('red'), 'off');
    put(cloud, key('red', 'one'), 'Inactive');
    const before = dump(cloud);
    expect((await contain(red)).record.state).toBe('contained');
    expect(cloud.writes).toEqual([]);
    // Somebody switches it on during the incident: that is not how it was.
    put(cloud, power('red'), 'on');
    expect((await contain(red)).record.state).toBe('contained');
    await release(red);
    expect(dump(cloud)).toEqual(before);
  });
});

describe('what AWS is still at', () => {
  test('is neither written nor counted as done: it is waited for', async () => {
    const { cloud, dispatcher, drive } = setUp();
    cloud.pending.set(targetKey(power('red')), 'it is warming up');
    put(cloud, power('red'), 'off');
    const begun = await dispatcher.contain({ arn: red, by: 'test' });
    expect(begun.record.state).toBe('containing');
    expect(begun.next?.why).toContain('it is warming up');
    expect(cloud.writes.join()).not.toContain('SetPower');
    expect(valueAt(cloud, key('red', 'one'))).toBe('Inactive');
    cloud.pending.clear();
    put(cloud, power('red'), 'on');
    expect((await drive(begun)).record.state).toBe('contained');
    expect(valueAt(cloud, power('red'))).toBe('off');
  });

  test('is partial after some minutes, with AWS’s reason', async () => {
    const { cloud, contain, clock } = setUp();
    cloud.pending.set(targetKey(power('red')), 'it is warming up');
    const begun = clock.now();
    const progress = await contain(red);
    expect([progress.record.state, codes(progress)]).toEqual(['partial', ['pending']]);
    expect(clock.now() - begun).toBeGreaterThan(4 * 60_000);
    expect(clock.now() - begun).toBeLessThan(10 * 60_000);
  });
});

describe('a call that is denied', () => {
  test('makes it partial, is named, stops no other cut, and a later run completes it', async () => {
    const { cloud, contain, release } = setUp();
    const before = dump(cloud);
    cloud.before = ({ name }) => {
      if (name === 'SetPower') throw answered('AccessDenied', 403);
    };
    const { record } = await contain(red);
    expect(record.state).toBe('partial');
    expect(record.failures).toMatchObject([{ code: 'access-denied', action: 'toy:SetPower', on: red }]);
    expect(record.targets.find(({ setting }) => setting === 'toy.power')?.failure?.code).toBe('access-denied');
    expect(valueAt(cloud, key('red', 'one'))).toBe('Inactive');
    delete cloud.before;
    const again = await contain(red);
    expect([again.record.state, again.record.id, codes(again)]).toEqual(['contained', record.id, []]);
    expect(again.record.targets.some(({ failure }) => failure !== undefined)).toBe(false);
    await release(red);
    expect(dump(cloud)).toEqual(before);
  });

  test('in an early stage does not hold up a later one', async () => {
    const { cloud, contain } = setUp({
      plan: plan(stage(want(power('red'), 'off')), stage(want(gate('red'), 'closed'))),
    });
    cloud.before = ({ name }) => {
      if (name === 'SetPower') throw answered('AccessDenied', 403);
    };
    expect((await contain(red)).record.state).toBe('partial');
    expect(valueAt(cloud, gate('red'))).toBe('closed');
  });

  test('that was to look leaves what could be done in advance, and says so', async () => {
    const { cloud, contain } = setUp({ immediate, plan: sealedPlan });
    cloud.before = ({ name }) => {
      if (name === 'Look') throw answered('AccessDenied', 403);
    };
    const { record } = await contain(red);
    expect(record.state).toBe('partial');
    expect(record.failures).toMatchObject([{ action: 'toy:Look', done: ['Make toy.seal sealed'] }]);
    expect(valueAt(cloud, seal('red'))).toBe('sealed');
  });

  test('for a change that cuts nothing off is a warning', async () => {
    const note = want({ setting: 'toy.note', on: red }, 'contained', { optional: 'Others are not told.', title: 'Leave a note' });
    const { cloud, contain } = setUp({ plan: plan(stage(want(power('red'), 'off'), note)) });
    cloud.before = ({ name }) => {
      if (name === 'SetNote') throw answered('AccessDenied', 403);
    };
    const { record } = await contain(red);
    expect([record.state, record.failures]).toEqual(['contained', []]);
    expect(record.warnings[0]?.text).toMatch(/^Leave a note: not done\. Others are not told\. \(AWS denied toy:SetNote/);
  });
});

describe('a call that fails in passing', () => {
  test('is tried again until it succeeds', async () => {
    const { cloud, contain } = setUp();
    let left = 3;
    cloud.before = ({ name }) => {
      if (name === 'SetPower' && left-- > 0) throw answered('ResourceConflictException', 409);
    };
    expect((await contain(red)).record.state).toBe('contained');
    expect(valueAt(cloud, power('red'))).toBe('off');
  });

  test('does not hold up the others while it is tried again', async () => {
    const { cloud, dispatcher } = setUp({
      plan: plan(stage(want(power('red'), 'off')), stage(want(gate('red'), 'closed'))),
    });
    cloud.before = ({ name }) => {
      if (name === 'SetPower') throw answered('Throttling');
    };
    expect((await dispatcher.contain({ arn: red, by: 'test' })).record.state).toBe('containing');
    expect(valueAt(cloud, gate('red'))).toBe('closed');
  });

  test('and never succeeds is partial', async () => {
    const { cloud, contain } = setUp();
    cloud.before = ({ name }) => {
      if (name === 'SetPower') throw answered('ServiceFailure', 500);
    };
    const progress = await contain(red);
    expect([progress.record.state, codes(progress)]).toEqual(['partial', ['ServiceFailure']]);
  });

  test('without an answer, is not called done before it must have ended', async () => {
    const { cloud, contain, clock } = setUp();
    const begun = clock.now();
    let lost = 0;
    cloud.after = ({ name }) => {
      if (name === 'SetPower' && lost++ === 0) throw unanswered();
    };
    expect((await contain(red)).record.state).toBe('contained');
    // The end of the lease in which it was sent, and the time in which a reading may lag.
    expect(clock.now() - begun).toBeGreaterThan(30_000);
    expect(valueAt(cloud, power('red'))).toBe('off');
  });
});

describe('an entity that is not there', () => {
  test('ends as refused, and what was done in advance is undone', async () => {
    const { cloud, contain, ledger, objects } = setUp({ immediate, plan: sealedPlan });
    cloud.boxes.delete(red);
    const before = dump(cloud);
    const progress = await contain(red);
    expect([progress.record.state, codes(progress)]).toEqual(['refused', ['no-such-entity']]);
    expect(cloud.writes).toEqual([`SetSeal ${red} = "sealed"`, `SetSeal ${red} = null`]);
    expect(dump(cloud)).toEqual(before);
    expect(await ledger.allOpen()).toEqual([]);
    expect([...objects.keys()].filter((each) => each.startsWith('open/'))).toEqual([]);
  });

  test('is refused by whoever goes on, where the process ended before it was undone', async () => {
    const { cloud, another } = setUp({ immediate, plan: sealedPlan });
    cloud.boxes.delete(red);
    const before = dump(cloud);
    cloud.after = ({ name }) => (name === 'SetSeal' ? new Promise(() => {}) : undefined);
    void another('process-dead').dispatcher.contain({ arn: red, by: 'test' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    delete cloud.after;
    expect(valueAt(cloud, seal('red'))).toBe('sealed');
    const progress = await another('process-b', { isDead: (id) => id === 'process-dead' }).contain(red);
    expect(progress.record.state).toBe('refused');
    expect(dump(cloud)).toEqual(before);
  });

  test('where the deny in advance was refused, writes nothing', async () => {
    const { cloud, contain } = setUp({ immediate, plan: sealedPlan });
    cloud.boxes.delete(red);
    cloud.before = ({ name }) => {
      if (name === 'SetSeal') throw answered('NoSuchEntity', 404);
    };
    expect((await contain(red)).record.state).toBe('refused');
    expect(cloud.writes).toEqual([]);
  });
});

describe('another entity under its name', () => {
  test('is never called contained, and never written to', async () => {
    const { cloud, contain, release, ledger } = setUp({ immediate, plan: sealedPlan });
    await contain(red);
    cloud.boxes.set(red, 'BOX-new');
    put(cloud, power('red'), 'on');
    put(cloud, seal('red'), null);
    cloud.writes.length = 0;
    const before = dump(cloud);
    const progress = await contain(red);
    expect([progress.record.state, codes(progress)]).toEqual(['partial', ['entity-replaced']]);
    expect(cloud.writes).toEqual([]);
    expect((await release(red)).record.state).toBe('released');
    expect(dump(cloud)).toEqual(before);
    expect(await ledger.allOpen()).toEqual([]);
    // After that, it is an entity like any other.
    expect((await contain(red)).record.state).toBe('contained');
  });

  test('nor is one that is gone called contained', async () => {
    const { cloud, contain } = setUp();
    await contain(red);
    cloud.boxes.delete(red);
    const progress = await contain(red);
    expect([progress.record.state, codes(progress)]).toEqual(['partial', ['entity-gone']]);
  });
});

describe('a guardrail', () => {
  const protect = (pattern: string) => ({ guardrails: { protected: [{ pattern, owner: 'platform' }] } });

  test('on the entity refuses it before any call', async () => {
    const { cloud, contain, objects } = setUp({}, protect('arn:aws:toy:*:*:box/red'));
    expect(await refusalOf(contain(red))).toMatchObject({ kind: 'refused', failure: { code: 'protected' } });
    expect([cloud.writes, objects.size]).toEqual([[], 0]);
  });

  test('on a target leaves that alone, cuts the rest, and is partial', async () => {
    const { cloud, contain } = setUp(
      { plan: plan(stage(want(power('red'), 'off'), want(bolt('shared'), 'shut'))) },
      protect(lock('shared')),
    );
    const progress = await contain(red);
    expect([progress.record.state, codes(progress)]).toEqual(['partial', ['protected']]);
    expect([valueAt(cloud, power('red')), valueAt(cloud, bolt('shared'))]).toEqual(['off', 'open']);
    expect(progress.record.targets.map(({ setting }) => setting)).toEqual(['toy.power']);
  });

  test('sees the full ARN of a target, where its name leaves something out', async () => {
    const change = want(bolt('shared'), 'shut', { arn: `${lock('path/shared')}` });
    const progress = await setUp({ plan: plan(stage(change)) }, protect(lock('path/*'))).contain(red);
    expect(codes(progress)).toContain('protected');
  });

  test('refuses who acts there, which is known only once the account is open: no record stays', async () => {
    const own = `arn:aws:iam::111122223333:role/lockdown`;
    const { contain, ledger } = setUp({
      plan: plan(stage(want({ setting: 'toy.bolt', on: own }, 'shut'), want(power('red'), 'off'))),
    });
    const progress = await contain(red);
    expect(codes(progress)).toEqual(['own-identity']);
    expect(progress.record.state).toBe('partial');
    expect(await ledger.allOpen()).toHaveLength(1);
  });
});

describe('an account that cannot be opened', () => {
  test('leaves nothing open behind, and the reason is told', async () => {
    const reason = new LockdownError('failed', { code: 'cannot-assume-role', message: 'no', next: 'x', transient: false });
    const { cloud, contain, ledger } = setUp(
      { immediate },
      {
        open: async () => {
          throw reason;
        },
      },
    );
    expect(await refusalOf(contain(red))).toMatchObject({ failure: { code: 'cannot-assume-role' } });
    expect([cloud.writes, await ledger.allOpen()]).toEqual([[], []]);
  });

  test('neither ends a record that was there before nor keeps others from it', async () => {
    const { contain, another, ledger, clock } = setUp();
    await contain(red);
    const failing = another('process-b', {
      open: async () => {
        throw new LockdownError('failed', { code: 'cannot-assume-role', message: 'no', next: 'x', transient: false });
      },
    });
    await refusalOf(failing.contain(red));
    expect(await ledger.allOpen()).toMatchObject([{ holds: { default: { by: 'test' } } }]);
    const begun = clock.now();
    expect((await contain(red)).record.state).toBe('contained');
    expect(clock.now()).toBe(begun);
  });
});

describe('no room', () => {
  const chain = plan(stage(want(seal('red'), 'sealed', { else: want(power('red'), 'off') })));

  test('the else is made, and it is contained by that', async () => {
    const { cloud, contain, release } = setUp({ plan: chain });
    cloud.full.add(targetKey(seal('red')));
    const before = dump(cloud);
    const { record } = await contain(red);
    expect([record.state, record.failures]).toEqual(['contained', []]);
    expect(valueAt(cloud, power('red'))).toBe('off');
    await release(red);
    expect(dump(cloud)).toEqual(before);
  });

  test('and no else left: partial, never something wider', async () => {
    const { cloud, contain } = setUp({ plan: plan(stage(want(seal('red'), 'sealed'), want(power('red'), 'off'))) });
    cloud.full.add(targetKey(seal('red')));
    const progress = await contain(red);
    expect([progress.record.state, codes(progress)]).toEqual(['partial', ['no-room']]);
    expect(valueAt(cloud, power('red'))).toBe('off');
  });
});

test('changes with one key are made one after another, and a failure does not stop the next', async () => {
  const settings: readonly Target[] = [power('red'), gate('red'), key('red', 'one')];
  const { cloud, contain } = setUp({ plan: plan(stage(...settings.map((each) => want(each, 'x', { serial: 'one by one' })))) });
  let under = 0;
  const order: string[] = [];
  cloud.before = async ({ name }) => {
    if (name === 'Look') return;
    under += 1;
    expect(under).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1));
    under -= 1;
    order.push(name);
    if (name === 'SetPower') throw answered('AccessDenied', 403);
  };
  await contain(red);
  expect(order.slice(0, 3)).toEqual(['SetPower', 'SetGate', 'SetKey']);
  expect([valueAt(cloud, gate('red')), valueAt(cloud, key('red', 'one'))]).toEqual(['x', 'x']);
});

test('what another ledger contains is contained all the same, with a warning that names its mark', async () => {
  const { record } = await setUp({ markedBy: 'otherledger1' }).contain(red);
  expect(record.state).toBe('contained');
  expect(record.warnings[0]?.text).toContain('otherledger1');
});

test('what must be told beside an entity stands in its record', async () => {
  const { record } = await setUp({ note: 'All boxes are meant.' }).contain(red);
  expect(record.warnings).toContainEqual({ text: 'All boxes are meant.' });
});

test('a plan is shown without anything written, neither to AWS nor to the ledger', async () => {
  const { cloud, dispatcher, objects } = setUp(
    { plan: plan(stage(want(power('red'), 'off'), want(bolt('shared'), 'shut'))), warnings: () => [{ text: 'It is dark.' }] },
    { guardrails: { protected: [{ pattern: lock('*'), owner: 'platform' }] } },
  );
  const report = await dispatcher.plan({ arn: red, by: 'test' });
  expect(report.stages[0]?.changes).toMatchObject([
    { ...power('red'), from: 'on', to: 'off', done: false } satisfies { [name: string]: Json },
  ]);
  expect(report.refusals.map(({ code }) => code)).toEqual(['protected']);
  expect(report.warnings).toEqual([{ text: 'It is dark.' }]);
  expect(report.actor).toContain('assumed-role/lockdown');
  expect([cloud.writes, objects.size]).toEqual([[], 0]);
  expect(responder.arn).not.toBe(report.actor);
});

test('a plan of what is not there says so', async () => {
  const { cloud, dispatcher } = setUp();
  cloud.boxes.delete(red);
  expect(await dispatcher.plan({ arn: red, by: 'test' })).toMatchObject({
    exists: false,
    missing: expect.stringContaining('no box'),
    stages: [],
  });
});
