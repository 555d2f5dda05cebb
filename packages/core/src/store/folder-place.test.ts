import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { folderStore } from './folder-store.ts';

const room = await mkdtemp(join(tmpdir(), 'entity-lockdown-'));
afterAll(() => rm(room, { recursive: true, force: true }));

// Counts the looks at the disk, so that something can happen between any two of them.
const looks = vi.hoisted(() => ({ left: Number.POSITIVE_INFINITY, between: async (): Promise<void> => undefined }));

/** Whether the file that tells a ledger's folder from another can get its name. */
const marking = vi.hoisted(() => ({ fails: false }));

/** What the file system answers to whoever gives an object its name. */
const naming = vi.hoisted(() => ({ code: undefined as string | undefined }));

vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>();
  const linkSync: typeof real.linkSync = (from, to) => {
    if (naming.code !== undefined) throw Object.assign(new Error(`${naming.code}, link`), { code: naming.code });
    real.linkSync(from, to);
  };
  return { ...real, linkSync };
});

vi.mock('node:fs/promises', async (load) => {
  const real = await load<typeof import('node:fs/promises')>();
  const counted =
    <A extends unknown[], T>(look: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      try {
        return await look(...args);
      } finally {
        looks.left -= 1;
        if (looks.left === 0) await looks.between();
      }
    };
  const link: typeof real.link = async (from, to) => {
    if (marking.fails) throw Object.assign(new Error('ENOSPC: no space left on device, link'), { code: 'ENOSPC' });
    await real.link(from, to);
  };
  return { ...real, link, stat: counted(real.stat), readFile: counted(real.readFile), readdir: counted(real.readdir) };
});

it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('finds the ledger that another process makes after look %i', async (look) => {
  const folder = join(await mkdtemp(join(room, 'store-')), 'ledger');
  await mkdir(folder, { mode: 0o700 });
  const theirs = folderStore({ folder });
  looks.left = look;
  looks.between = async () => {
    await theirs.put('open/a', 'theirs', { absent: true });
  };
  if (look === 0) await looks.between();
  const ours = folderStore({ folder });
  await ours.get('open/a');
  await ours.put('open/b', 'ours', { absent: true });
  looks.left = Number.POSITIVE_INFINITY;
  expect(await ours.list('open/')).toEqual(['open/a', 'open/b']);
});

it('holds nothing where it cannot be told from another folder', async () => {
  const folder = join(await mkdtemp(join(room, 'store-')), 'ledger');
  marking.fails = true;
  await expect(folderStore({ folder }).put('open/a', '1', { absent: true })).rejects.toMatchObject({ code: 'no-space' });
  marking.fails = false;
  expect(await readdir(folder)).toEqual(['@aside']);
  const store = folderStore({ folder });
  await store.put('open/a', '2', { absent: true });
  expect((await store.get('open/a'))?.body).toBe('2');
});

it.each([
  ['has no hard links', 'EPERM', 'unsuitable', /has no hard links/],
  ['has no hard links between folders', 'EXDEV', 'unsuitable', /has no hard links/],
  ['is full', 'ENOSPC', 'no-space', /disk that is full/],
])('says so where the file system %s, and holds nothing', async (_, code, fault, message) => {
  const folder = join(await mkdtemp(join(room, 'store-')), 'ledger');
  const store = folderStore({ folder });
  naming.code = code;
  await expect(store.put('open/a', '1', { absent: true })).rejects.toMatchObject({
    code: fault,
    message: expect.stringMatching(message),
  });
  naming.code = undefined;
  expect(await store.list('')).toEqual([]);
  expect(await readdir(join(folder, '@aside'))).toEqual([]);
});
