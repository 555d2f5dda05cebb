// A process of its own that tries one write in a folder, and says what was the matter: `FOLDER`.
import { writeSync } from 'node:fs';
import { folderStore } from '../folder-store.ts';
import { StoreFault } from '../object-store.ts';

try {
  await folderStore({ folder: process.argv[2] ?? '' }).put('open/b', '1', { absent: true });
} catch (error) {
  // A pipe, unlike a file, can be written under a file-size limit.
  writeSync(1, error instanceof StoreFault ? `${error.code}: ${error.message}\n` : `${String(error)}\n`);
}
