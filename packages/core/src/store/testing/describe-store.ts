import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ObjectStore, StoreConflict, StoreDeadline } from '../object-store.ts';
import { addOnce, idsIn } from './add-once.ts';

/** One empty place to store in, and as many stores on it as are asked for, each as another process would have it. */
export interface Place {
  open(options: { readonly now: () => number }): ObjectStore;
}

/** What every store keeps to. */
export function describeStore(
  name: string,
  makePlace: () => Promise<Place>,
  { runs = 30 }: { readonly runs?: number } = {},
): void {
  describe(name, () => {
    let place: Place;
    let store: ObjectStore;
    let clock: number;

    beforeEach(async () => {
      clock = 1_000_000;
      place = await makePlace();
      store = place.open({ now: () => clock });
    });

    it('has nothing at first', async () => {
      expect(await store.get('open/a')).toBeUndefined();
      expect(await store.list('')).toEqual([]);
    });

    it('answers what was put', async () => {
      const tag = await store.put('open/a', '{"n":1}', { absent: true });
      expect(await store.get('open/a')).toEqual({ body: '{"n":1}', tag });
      expect(await place.open({ now: () => clock }).get('open/a')).toEqual({ body: '{"n":1}', tag });
    });

    it.each([
      ['no character', ''],
      ['line ends', '{\r\n"a":\n1\n}\n\n'],
      ['every plane of Unicode', JSON.stringify({ a: 'é\u202e\u0000\u{1f512}\u2028' })],
      ['a megabyte', JSON.stringify({ a: 'x'.repeat(1 << 20) })],
    ])('keeps a body of %s', async (_, body) => {
      const tag = await store.put('records/x', body, { absent: true });
      expect(await store.get('records/x')).toEqual({ body, tag });
    });

    it('puts on nothing only where nothing is', async () => {
      await store.put('open/a', '1', { absent: true });
      await expect(store.put('open/a', '2', { absent: true })).rejects.toThrow(StoreConflict);
      expect((await store.get('open/a'))?.body).toBe('1');
    });

    it('puts on what it was told, and on nothing else', async () => {
      const first = await store.put('open/a', '1', { absent: true });
      const second = await store.put('open/a', '2', { tag: first });
      await expect(store.put('open/a', '3', { tag: first })).rejects.toThrow(StoreConflict);
      await expect(store.put('open/b', '3', { tag: second })).rejects.toThrow(StoreConflict);
      await expect(store.put('open/a', '3', { tag: 'of another store' })).rejects.toThrow(StoreConflict);
      expect(await store.get('open/a')).toEqual({ body: '2', tag: second });
      expect(await store.list('')).toEqual(['open/a']);
    });

    it('does not take the tag of another key for that of the one that is written', async () => {
      const tag = await store.put('open/a', 'of a', { absent: true });
      const other = await store.put('open/b', 'of b', { absent: true });
      await expect(store.put('open/b', '2', { tag })).rejects.toThrow(StoreConflict);
      await expect(store.delete('open/b', { tag })).rejects.toThrow(StoreConflict);
      expect(await store.get('open/b')).toEqual({ body: 'of b', tag: other });
    });

    it('deletes what it was told, and nothing else', async () => {
      const first = await store.put('open/a', '1', { absent: true });
      const second = await store.put('open/a', '2', { tag: first });
      await expect(store.delete('open/a', { tag: first })).rejects.toThrow(StoreConflict);
      await expect(store.delete('open/b', { tag: second })).rejects.toThrow(StoreConflict);
      expect((await store.get('open/a'))?.body).toBe('2');
      await store.delete('open/a', { tag: second });
      expect(await store.get('open/a')).toBeUndefined();
      expect(await store.list('')).toEqual([]);
      await expect(store.delete('open/a', { tag: second })).rejects.toThrow(StoreConflict);
    });

    it('lets a key be written again after it was deleted, but not by whoever saw it before', async () => {
      const first = await store.put('open/a', '1', { absent: true });
      await store.delete('open/a', { tag: first });
      await expect(store.put('open/a', '2', { tag: first })).rejects.toThrow(StoreConflict);
      const third = await store.put('open/a', '3', { absent: true });
      await expect(store.put('open/a', '4', { tag: first })).rejects.toThrow(StoreConflict);
      expect(await store.get('open/a')).toEqual({ body: '3', tag: third });
    });

    it('lists the keys of a prefix in their order', async () => {
      for (const key of ['open/b', 'open/a', 'open/a-1', 'open', 'records/a', 'opening/x', 'ledger']) {
        await store.put(key, `"${key}"`, { absent: true });
      }
      expect(await store.list('open/')).toEqual(['open/a', 'open/a-1', 'open/b']);
      expect(await store.list('open')).toEqual(['open', 'open/a', 'open/a-1', 'open/b', 'opening/x']);
      expect(await store.list('open/a')).toEqual(['open/a', 'open/a-1']);
      expect(await store.list('past/')).toEqual([]);
      expect(await store.list('')).toEqual(['ledger', 'open', 'open/a', 'open/a-1', 'open/b', 'opening/x', 'records/a']);
    });

    it.each([
      '',
      '/a',
      'a/',
      'a//b',
      '..',
      '../a',
      'a/../b',
      '.a',
      'a/.b',
      'A',
      'a b',
      'a\0',
      'a\\b',
      '@1',
      'é',
      'a'.repeat(300),
    ])('refuses %j as a key', async (key) => {
      await expect(store.get(key)).rejects.toThrow(RangeError);
      await expect(store.put(key, '1', { absent: true })).rejects.toThrow(RangeError);
      await expect(store.delete(key, { tag: '1' })).rejects.toThrow(RangeError);
      expect(await store.list('')).toEqual([]);
    });

    it('starts nothing after the deadline', async () => {
      const tag = await store.put('open/a', '1', { absent: true }, { notAfter: clock + 60_000 });
      clock += 60_001;
      const late = { notAfter: clock - 1 };
      await expect(store.put('open/b', '2', { absent: true }, late)).rejects.toThrow(StoreDeadline);
      await expect(store.put('open/a', '2', { tag }, late)).rejects.toThrow(StoreDeadline);
      await expect(store.delete('open/a', { tag }, late)).rejects.toThrow(StoreDeadline);
      expect(await store.list('')).toEqual(['open/a']);
      expect((await store.get('open/a'))?.body).toBe('1');
    });

    it('loses no update of many at once', async () => {
      const stores = [store, place.open({ now: () => clock }), place.open({ now: () => clock })];
      const ids = stores.flatMap((_, at) => [1, 2, 3, 4].map((by) => `${at}-${by}`));
      await Promise.all(ids.map((id, at) => addOnce(stores[at % stores.length] as ObjectStore, id)));
      expect(idsIn((await store.get('ledger'))?.body ?? '').sort()).toEqual(ids.sort());
    });

    it('lets one of many create', async () => {
      const tries = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((by) => store.put('open/a', `${by}`, { absent: true })));
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const won = tries.findIndex(({ status }) => status === 'fulfilled');
      expect((await store.get('open/a'))?.body).toBe(`${won + 1}`);
    });

    it('does what a map does', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const fresh = await makePlace();
          const stores = [fresh.open({ now: () => clock }), fresh.open({ now: () => clock })];
          const map = new Map<string, { body: string; tag: string }>();
          const seen: string[] = [];
          for (const [index, { on, key, what, tagged }] of steps.entries()) {
            const store = stores[on] as ObjectStore;
            const there = map.get(key);
            const tag = tagged === 'now' ? there?.tag : seen[tagged % Math.max(1, seen.length)];
            if (what === 'get') {
              expect(await store.get(key)).toEqual(there);
            } else if (what === 'list') {
              expect(await store.list('')).toEqual([...map.keys()].sort());
            } else if (what === 'create') {
              const body = `{"step":${index}}`;
              const tried = store.put(key, body, { absent: true });
              if (there !== undefined) await expect(tried).rejects.toThrow(StoreConflict);
              else map.set(key, { body, tag: await tried });
            } else if (tag !== undefined) {
              const body = `{"step":${index}}`;
              const tried = what === 'put' ? store.put(key, body, { tag }) : store.delete(key, { tag }).then(() => '');
              if (there?.tag !== tag) await expect(tried).rejects.toThrow(StoreConflict);
              else if (what === 'put') map.set(key, { body, tag: await tried });
              else await tried.then(() => map.delete(key));
            }
            const written = map.get(key)?.tag;
            if (written !== undefined) seen.push(written);
          }
        }),
        { numRuns: runs },
      );
    });
  });
}

const step = fc.record({
  on: fc.constantFrom(0, 1),
  key: fc.constantFrom('open', 'open/a', 'open/a/b', 'ledger'),
  what: fc.constantFrom('get', 'create', 'put', 'put', 'delete', 'list'),
  tagged: fc.oneof({ weight: 3, arbitrary: fc.constant('now' as const) }, { weight: 1, arbitrary: fc.nat(100) }),
});
