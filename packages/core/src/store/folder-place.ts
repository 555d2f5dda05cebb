import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errno } from './folder-fault.ts';
import { StoreFault } from './object-store.ts';

/** The file that tells our folder from another. Names that begin with `@` are no keys. */
const marker = '@entity-lockdown';
const format = 1;
/** Where files are written before they get their name. */
const aside = '@aside';

/** Whether there is a ledger to read in this folder. Throws StoreFault for a folder that must not be used. */
export async function isOurs(folder: string): Promise<boolean> {
  const there = await orAbsent(stat(folder));
  if (there === undefined) return false;
  if (!there.isDirectory()) {
    throw new StoreFault('unsuitable', `${folder} is not a folder`, 'Choose another folder with --ledger file:DIR.');
  }
  refuseShared(folder, there);
  const strangers = (await readdir(folder)).filter((name) => !name.startsWith('@') && name !== '.DS_Store');
  // Read after the list: another process that makes the ledger at this moment writes the marker before anything else.
  const text = await orAbsent(readFile(join(folder, marker), 'utf8'));
  if (text === undefined) {
    if (strangers.length === 0) return false;
    throw new StoreFault(
      'foreign',
      `the folder ${folder} holds other files (${strangers[0]}) and no ledger`,
      'Name an empty or new folder with --ledger file:DIR.',
    );
  }
  const written = /^entity-lockdown ledger, format (\d+)\n/.exec(text)?.[1];
  if (written === undefined) {
    throw new StoreFault(
      'damaged',
      `the file ${join(folder, marker)} is damaged`,
      `If the folder is a ledger of Entity Lockdown, remove that one file and try again in a copy of the folder.`,
    );
  }
  if (Number(written) > format) {
    throw new StoreFault(
      'newer',
      `the ledger in ${folder} was written by a newer version of Entity Lockdown`,
      'Update Entity Lockdown, then try again.',
    );
  }
  return true;
}

/** Makes the folder a ledger if it is none yet, and clears away what writers that died left behind. */
export async function makeOurs(folder: string): Promise<void> {
  const made = await makeFolders(folder);
  if (made !== undefined) await syncFolder(dirname(made));
  if (!(await isOurs(folder))) {
    await mkdir(join(folder, aside), { recursive: true, mode: 0o700 });
    const text = `entity-lockdown ledger, format ${format}\nWhat is in this folder is needed to restore what was contained. Do not edit it.\n`;
    const file = await writeAside(folder, text);
    await link(file, join(folder, marker)).catch((error: unknown) => {
      if (errno(error) !== 'EEXIST') throw error;
    });
    await rm(file, { force: true });
    await syncFolder(folder);
  }
  await clearAside(folder);
}

/**
 * Makes a folder and those above it; answers the first that was made. Not by the `recursive` of mkdir: where a file system answers
 * ENOENT although the folder above is there, as /proc does, that tries for ever, and not even a signal ends the process.
 */
async function makeFolders(folder: string): Promise<string | undefined> {
  const above = dirname(folder);
  try {
    await mkdir(folder, { mode: 0o700 });
    return folder;
  } catch (error) {
    if (errno(error) === 'EEXIST') return undefined;
    if (errno(error) !== 'ENOENT' || above === folder) throw error;
  }
  const first = await makeFolders(above);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (errno(error) !== 'EEXIST') throw error;
  }
  return first ?? folder;
}

/** Writes a file that has no name in the ledger yet, down to the disk. */
export async function writeAside(folder: string, text: string): Promise<string> {
  const path = join(folder, aside, randomBytes(12).toString('hex'));
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
  return path;
}

/** Writes the names in a folder down to the disk. https://man7.org/linux/man-pages/man2/fsync.2.html */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder, and writes its names down by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The answer, or undefined where there is no such file. */
export async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whoever can write here can make us restore what he likes. */
function refuseShared(folder: string, { mode, uid }: Stats): void {
  const me = process.geteuid?.();
  if (me === undefined) return;
  if ((mode & 0o022) !== 0) {
    throw new StoreFault(
      'not-private',
      `the ledger's folder ${folder} can be written by others`,
      `Look who used it, then: chmod 700 ${folder}`,
    );
  }
  if (uid !== me && uid !== 0) {
    throw new StoreFault(
      'not-private',
      `the ledger's folder ${folder} belongs to another user (uid ${uid})`,
      'Use the account that owns it, or choose another folder with --ledger file:DIR.',
    );
  }
}

const aDay = 24 * 60 * 60 * 1000;

async function clearAside(folder: string): Promise<void> {
  try {
    for (const name of await readdir(join(folder, aside))) {
      const path = join(folder, aside, name);
      if ((await stat(path)).mtimeMs < Date.now() - aDay) await rm(path, { force: true });
    }
  } catch {
    // It is only room on the disk: another process clears at the same time, or the next one will.
  }
}
