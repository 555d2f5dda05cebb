import { describe, expect, test } from 'vitest';
import { answered, box, dump, gate, power, put, type ToyCloud, unanswered, valueAt } from '../testing/toy-cloud.ts';
import { type ToyParts, want } from '../testing/toy-plugin.ts';
import { settled, setUp as setUpToy, type ToySetup } from '../testing/toy-setup.ts';

/** One process that comes back to its own record, or is asked twice at once: the ledger, which knows owners, does not tell these apart. */

const red = box('red');
const cutPower = () => [{ title: 'cut', changes: [want(power('red'), 'off')] }];

const setUp = (plan: NonNullable<ToyParts['plan']> = cutPower, release: NonNullable<ToyParts['release']> = []): ToySetup =>
  setUpToy({ plan, release });

const refuseGate: NonNullable<ToyCloud['before']> = ({ name }) => {
  if (name === 'SetGate') throw answered('AccessDenied', 403);
};
const cutBoth = () => [{ title: 'cut', changes: [want(power('red'), 'off'), want(gate('red'), 'closed')] }];

describe('what a release has put back, and a containment cuts again, has its original', () => {
  test('where the containment before was partial, and the release waits', async () => {
    const of = setUp(cutBoth, ['toy.power', { wait: 30, why: 'x' }, 'toy.gate']);
    const before = dump(of.cloud);
    of.cloud.before = refuseGate;
    expect((await of.contain(red)).record.state).toBe('partial');
    expect((await of.dispatcher.release({ target: red, by: 'test' })).next).toBeDefined();
    delete of.cloud.before;
    expect((await of.contain(red)).record.state).toBe('contained');
    expect((await of.release(red)).record.state).toBe('released');
    expect(dump(of.cloud)).toEqual(before);
  });

  test('where releases were blocked, again and again', async () => {
    const of = setUp(cutBoth, ['toy.power', 'toy.gate']);
    const before = dump(of.cloud);
    await of.contain(red);
    of.cloud.before = refuseGate;
    expect((await of.release(red)).record.state).toBe('release-blocked');
    await of.contain(red);
    expect((await of.release(red)).record.state).toBe('release-blocked');
    delete of.cloud.before;
    expect((await of.contain(red)).record.state).toBe('contained');
    expect((await of.release(red)).record.state).toBe('released');
    expect(dump(of.cloud)).toEqual(before);
  });
});

test('an undo without an answer is not called done before it must have ended', async () => {
  const { cloud, contain, release, clock } = setUp();
  await contain(red);
  const begun = clock.now();
  let lost = 0;
  cloud.after = ({ name }) => {
    if (name === 'SetPower' && lost++ === 0) throw unanswered();
  };
  expect((await release(red)).record.state).toBe('released');
  expect(clock.now() - begun).toBeGreaterThan(30_000);
});

test('an undo without an answer does not land after the next containment was called contained', async () => {
  const { cloud, contain, release, clock } = setUp();
  await contain(red);
  const begun = clock.now();
  let lost = 0;
  cloud.before = ({ name }) => {
    if (name === 'SetPower' && lost++ === 0) throw unanswered();
  };
  await release(red);
  await contain(red);
  // The undo that had no answer may land until the end of the lease in which it was sent.
  if (clock.now() - begun < 30_000) put(cloud, power('red'), 'on');
  expect(valueAt(cloud, power('red'))).toBe('off');
});

test('contain: a hop without an answer does not land after it was called contained', async () => {
  const { cloud, contain, clock } = setUp(() => [
    { title: 'pass', changes: [want(gate('red'), 'open', { transit: true })], dwell: { seconds: 60, why: 'x' } },
    { title: 'close', changes: [want(gate('red'), 'closed')] },
  ]);
  const begun = clock.now();
  let [hops, lasts] = [0, 0];
  cloud.before = ({ name, value }) => {
    if (name !== 'SetGate') return;
    if (value === 'open' && hops++ === 0) throw unanswered();
    if (value === 'closed' && lasts++ < 3) throw answered('Throttling');
  };
  expect((await contain(red)).record.state).toBe('contained');
  expect(clock.now() - begun).toBeGreaterThan(30_000);
});

test('contain and release of one record at once in one dispatcher: released is not said of what is contained', async () => {
  const of = setUp();
  const before = dump(of.cloud);
  let go: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  of.cloud.before = ({ value }) => (value === 'off' ? held : undefined);
  const containing = of.dispatcher.contain({ arn: red, by: 'test' });
  await settled();
  const releasing = of.dispatcher.release({ target: red, by: 'test' });
  await settled();
  go();
  await Promise.allSettled([containing, releasing]);
  const [open] = await of.ledger.allOpen();
  if (open !== undefined) await of.drive({ record: open, next: { at: '', why: '' } });
  expect([await of.ledger.allOpen(), dump(of.cloud)]).toEqual([[], before]);
});
