import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderStore } from './folder-store.ts';
import { describeStore } from './testing/describe-store.ts';

describeStore('a store in a folder', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'lockdown-store-')), 'ledger');
  return { open: ({ now }) => folderStore({ folder, now }) };
});
