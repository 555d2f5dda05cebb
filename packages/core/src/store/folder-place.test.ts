import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { folderStore } from './folder-store.ts';

const room = await mkdtemp(join(tmpdir(), 'entity-lockdown-'));
afterAll(() => rm(room, { recursive: true, force: true }));

// Counts the looks at the disk, so that something can happen between any two of them.
const looks = vi.hoisted(() => ({ left: Number.POSITIVE_INFINITY, between: async (): Promise<void> => undefined }));

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
  return { ...real, stat: counted(real.stat), readFile: counted(real.readFile), readdir: counted(real.readdir) };
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
