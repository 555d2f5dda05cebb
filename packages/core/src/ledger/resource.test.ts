import { describe, expect, test } from 'vitest';
import {
  abandoned,
  type Claim,
  type Entry,
  join,
  kept,
  leave,
  rememberedMs,
  Superseded,
  undone,
  withoutWant,
} from './resource.ts';

const now = 1_000_000;
const claim = (record: string, more: Partial<Claim> = {}): Claim => ({
  record,
  entity: `entity of ${record}`,
  epoch: 1,
  until: now + 30_000,
  now,
  ...more,
});
const held: Entry = { from: 'Active', wants: { first: { path: ['Inactive'], epoch: 1 } }, phase: 'held', at: now };

describe('joining an entry', () => {
  test('the first value read becomes the original', () => {
    const { entry } = join(undefined, claim('first'), ['Inactive'], 'Active');
    expect(entry).toEqual(held);
  });

  test('whoever joins later changes nothing of the original', () => {
    const { entry, force, again } = join(held, claim('second'), ['Inactive'], 'Inactive');
    expect(entry.from).toBe('Active');
    expect(Object.keys(entry.wants)).toEqual(['first', 'second']);
    expect({ force, again }).toEqual({ force: false, again: 0 });
  });

  test('what is being undone is taken over, written whatever it reads, and verified after the last write of whoever undid it', () => {
    const undoing: Entry = { ...held, phase: 'undoing', until: now + 9_000 };
    const { entry, force, again } = join(undoing, claim('second'), ['Inactive'], 'Inactive');
    expect(entry).toMatchObject({ phase: 'held', from: 'Active' });
    expect({ force, again }).toEqual({ force: true, again: now + 9_000 });
  });

  test('an own release that is taken over need not be waited for: the record does that', () => {
    const undoing: Entry = { ...held, phase: 'undoing', until: now + 9_000 };
    expect(join(undoing, claim('first', { epoch: 2 }), ['Inactive'], 'Inactive').again).toBe(0);
  });

  test('a late reading after an undo is not taken for the original', () => {
    const gone = undone({ ...held, phase: 'undoing' }, claim('first'));
    const lately = join(gone, claim('second', { now: now + rememberedMs - 1 }), ['Inactive'], 'Inactive');
    expect(lately.entry.from).toBe('Active');
    expect(lately.force).toBe(true);
    const longAgo = join(gone, claim('second', { now: now + rememberedMs }), ['Inactive'], 'Inactive');
    expect(longAgo.entry.from).toBe('Inactive');
    expect(longAgo.force).toBe(false);
  });

  test('nor is a late reading of a hop: what was set on the way is remembered too', () => {
    const hopped: Entry = {
      from: 'web',
      wants: { first: { path: ['untrack', 'isolation'], epoch: 1 } },
      phase: 'undoing',
      at: now,
    };
    const gone = undone(hopped, claim('first'));
    expect(join(gone, claim('second'), ['untrack', 'isolation'], 'untrack').entry.from).toBe('web');
    expect(join(gone, claim('third'), ['isolation'], 'untrack').entry.from).toBe('web');
  });

  test('another value read after an undo is a new original', () => {
    const gone = undone({ ...held, phase: 'undoing' }, claim('first'));
    expect(join(gone, claim('second'), ['Inactive'], 'Expired').entry.from).toBe('Expired');
  });

  test('an earlier owner of the record is turned away', () => {
    const later: Entry = { ...held, wants: { first: { path: ['Inactive'], epoch: 3 } } };
    expect(() => join(later, claim('first', { epoch: 2 }), ['Inactive'], 'Inactive')).toThrow(Superseded);
    expect(() => leave(later, claim('first', { epoch: 2 }), ['Inactive'], false)).toThrow(Superseded);
  });

  test('a later owner stamps its epoch; the same one has nothing to write', () => {
    expect(join(held, claim('first'), ['Inactive'], 'Inactive').changed).toBe(false);
    expect(join(held, claim('first', { epoch: 2 }), ['Inactive'], 'Inactive')).toMatchObject({
      changed: true,
      entry: { wants: { first: { epoch: 2 } } },
    });
  });
});

describe('leaving an entry', () => {
  test('what others want stays', () => {
    const shared = join(held, claim('second'), ['Inactive'], 'Inactive').entry;
    const leaving = leave(shared, claim('first'), ['Inactive'], false);
    expect(leaving).toMatchObject({ kind: 'others', entry: { phase: 'held', wants: { second: {} } } });
    expect(leaving.kind === 'others' && 'first' in leaving.entry.wants).toBe(false);
  });

  test('what only it wants is undone, with its original kept and its deadline said', () => {
    expect(leave(held, claim('first'), ['Inactive'], false)).toMatchObject({
      kind: 'undo',
      entry: { phase: 'undoing', from: 'Active', until: now + 30_000 },
    });
  });

  test('what it never wanted is not touched', () => {
    expect(leave(held, claim('stranger'), ['Inactive'], false)).toMatchObject({ kind: 'ended' });
    expect(leave(undefined, claim('stranger'), ['Inactive'], false)).toMatchObject({ kind: 'ended' });
  });

  test('what carries our mark is undone even without an entry: a crash came between the write and the join', () => {
    expect(leave(undefined, claim('first'), ['deny'], true)).toMatchObject({
      kind: 'undo',
      entry: { from: null, phase: 'undoing' },
    });
  });

  test('but not where others want it, nor twice', () => {
    const others: Entry = { from: null, wants: { second: { path: ['deny'], epoch: 1 } }, phase: 'held', at: now };
    expect(leave(others, claim('first'), ['deny'], true)).toEqual({ kind: 'ended', how: 'others' });
    const mine = undone({ ...others, wants: { first: { path: ['deny'], epoch: 1 } } }, claim('first'));
    expect(leave(mine, claim('first'), ['deny'], true)).toEqual({ kind: 'ended', how: 'restored' });
  });
});

describe('what stays', () => {
  test('is taken over with its original by the next containment of the same entity, and by no other', () => {
    const stays = kept({ ...held, phase: 'undoing', until: now }, claim('first', { entity: 'alice' }), 'Inactive');
    expect(stays).toMatchObject({ phase: 'held', from: 'Active', wants: {}, kept: { entity: 'alice', value: 'Inactive' } });
    const again = join(stays, claim('third', { entity: 'alice' }), ['Inactive'], 'Inactive').entry;
    expect(again.from).toBe('Active');
    expect(again.kept).toBeUndefined();
    const other = join(stays, claim('fourth', { entity: 'bob' }), ['Inactive'], 'Inactive').entry;
    expect(leave(other, claim('fourth', { entity: 'bob' }), ['Inactive'], false).kind).toBe('others');
  });

  test('what is left as it is has its present value as its original', () => {
    expect(abandoned({ ...held, phase: 'undoing' }, claim('first'), 'Expired', 'drift')).toMatchObject({
      from: 'Expired',
      phase: 'undone',
      wants: {},
    });
  });

  test('a newcomer keeps its want when the one that undid it leaves', () => {
    const taken = join({ ...held, phase: 'undoing', until: now }, claim('second'), ['Inactive'], 'Active').entry;
    expect(Object.keys(withoutWant(taken, claim('first')).wants)).toEqual(['second']);
  });
});

describe('an entry that others have to do with', () => {
  const gone: Entry = { from: 'Active', wants: {}, phase: 'undone', at: now, by: 'first', was: ['Inactive'] };
  const keptOne = kept(held, claim('first'), 'Inactive');

  test('what shows by itself that we set it is never taken for the original, however long ago it was undone', () => {
    const later = claim('second', { now: now + 2 * rememberedMs });
    expect(join(gone, later, ['sealed'], 'sealed elsewhere', true).entry.from).toBe('Active');
    expect(join(gone, later, ['sealed'], 'sealed elsewhere').entry.from).toBe('sealed elsewhere');
  });

  test('is stored anew where the same record wants another value, or takes over what was kept', () => {
    expect(join(held, claim('first'), ['Inactive'], 'Inactive').changed).toBe(false);
    expect(join(held, claim('first'), ['Expired'], 'Inactive').changed).toBe(true);
    const keeping: Entry = { ...held, kept: { entity: 'entity of first', value: 'Inactive' } };
    const { changed, entry } = join(keeping, claim('first'), ['Inactive'], 'Inactive');
    expect([changed, entry.kept]).toEqual([true, undefined]);
  });

  test('what we create is not removed by who has no want in it, while another wants or keeps it', () => {
    expect(leave(held, claim('second'), ['x'], true)).toEqual({ kind: 'ended', how: 'others' });
    expect(leave(keptOne, claim('second'), ['x'], true)).toMatchObject({ kind: 'ended' });
    expect(leave(keptOne, claim('first'), ['x'], true)).toEqual({ kind: 'ended', how: 'kept' });
  });

  test('what we create is removed by who never joined it, unless that record has removed it already', () => {
    expect(leave(undefined, claim('first'), ['x'], true)).toMatchObject({
      kind: 'undo',
      entry: { from: null, phase: 'undoing' },
    });
    expect(leave(gone, claim('second'), ['x'], true).kind).toBe('undo');
    expect(leave(gone, claim('first'), ['x'], true)).toEqual({ kind: 'ended', how: 'restored' });
  });

  test('a release that goes on tells how it had ended for its own record, not how it ended for another', () => {
    const drifted = abandoned(held, claim('first'), 'Deleted', 'drift');
    expect(leave(drifted, claim('first'), ['Inactive'], false)).toEqual({ kind: 'ended', how: 'drift' });
    expect(leave(drifted, claim('second'), ['Inactive'], false)).toEqual({ kind: 'ended', how: 'restored' });
  });

  test('what one leaves as it is stays held for the others, with its original', () => {
    const both: Entry = { ...held, wants: { ...held.wants, second: { path: ['Inactive'], epoch: 1 } } };
    expect(abandoned(both, claim('first'), 'Deleted', 'drift')).toMatchObject({
      phase: 'held',
      from: 'Active',
      wants: { second: {} },
    });
  });
});
