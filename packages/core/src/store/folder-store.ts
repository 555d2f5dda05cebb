import { linkSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errno, folderFault } from './folder-fault.ts';
import { formatVersion, newVersion, parseVersion, type Version } from './folder-format.ts';
import { isOurs, makeOurs, orAbsent, syncFolder, writeAside } from './folder-place.ts';
import { checkKey, checkPrefix, type ObjectStore, StoreConflict, StoreDeadline, StoreFault } from './object-store.ts';

export interface FolderStoreOptions {
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * A store in a folder on a disk of this machine: for one person, or several processes of one account.
 *
 * A key is a directory, a version of its object a file `@1`, `@2` ... in it. A version is written aside, brought down to the disk, and
 * gets its name by link(), which is atomic and fails where the name is taken: that is the whole compare-and-swap. There is no lock, so
 * no process that was stopped or killed holds up another. Names are never removed, or a process that was stopped between reading and
 * writing could take a number for the second time; versions that were superseded are emptied instead, and a deletion is a version too.
 *
 * Nothing is written before the first put. Only its owner can read it; a folder that others can write is refused.
 */
export function folderStore(options: FolderStoreOptions): ObjectStore {
  const folder = resolve(options.folder);
  const now = options.now ?? Date.now;
  const location = `file:${folder}`;
  let readable = false;
  let writable = false;

  async function readyToRead(): Promise<boolean> {
    readable ||= await isOurs(folder);
    return readable;
  }

  async function readyToWrite(): Promise<void> {
    if (writable) return;
    await makeOurs(folder);
    readable = true;
    writable = true;
  }

  async function asFaults<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw folderFault(error, folder) ?? error;
    }
  }

  const pathOf = (key: string, number: number): string => join(folder, key, `@${number}`);

  /** The newest version, deleted or not. */
  async function newest(key: string): Promise<Version | undefined> {
    for (;;) {
      const number = await newestNumber(join(folder, key));
      if (number === 0) return undefined;
      const version = await read(key, number);
      if (version !== undefined) return version;
    }
  }

  /** A version by its number; undefined where it is not there or was superseded. */
  async function read(key: string, number: number): Promise<Version | undefined> {
    const path = pathOf(key, number);
    const text = await orAbsent(readFile(path, 'utf8'));
    if (text === undefined) return undefined;
    const parsed = parseVersion(text, key, number);
    if (typeof parsed === 'object') return parsed;
    // It is emptied only after the next one has its name.
    if (await isThere(pathOf(key, number + 1))) return undefined;
    throw unreadable(path, parsed);
  }

  /** Writes a version after the one given, and answers it. */
  async function commit(key: string, before: number, body: string | undefined, notAfter: number | undefined): Promise<Version> {
    const version = newVersion(key, before + 1, body);
    const directory = join(folder, key);
    if (before === 0) await mkdir(directory, { recursive: true, mode: 0o700 });
    const file = await writeAside(folder, formatVersion(version));
    try {
      // In one breath: between looking at the clock and taking the name nothing else of this process runs.
      inTime(key, notAfter);
      link(key, file, pathOf(key, version.number));
    } finally {
      await rm(file, { force: true }).catch(() => undefined);
    }
    try {
      await syncFolder(directory);
      // Whoever made the directories may have died before they were down on the disk.
      if (before === 0) for (let at = directory; at !== folder; at = dirname(at)) await syncFolder(dirname(at));
    } catch (error) {
      throw folderFault(error, folder, true) ?? error;
    }
    await tidy(key, version.number);
    return version;
  }

  function inTime(key: string, notAfter: number | undefined): void {
    if (notAfter !== undefined && now() > notAfter) throw new StoreDeadline(key, location);
  }

  function link(key: string, from: string, to: string): void {
    try {
      linkSync(from, to);
    } catch (error) {
      const code = errno(error);
      if (code === 'EEXIST') throw new StoreConflict(key, location);
      if (code !== undefined && noLinks.has(code)) {
        throw new StoreFault(
          'unsuitable',
          `the file system of ${folder} has no hard links, which the ledger needs to be safe`,
          'Choose a folder on a local disk with --ledger file:DIR.',
          { cause: error },
        );
      }
      throw error;
    }
  }

  /** Room and speed only: nothing depends on its being done. */
  async function tidy(key: string, number: number): Promise<void> {
    try {
      if (number > 1) await truncate(pathOf(key, number - 1));
      if (number % hintEvery === 0) {
        const hint = join(folder, '@aside', `hint-${process.pid}-${Math.random().toString(36).slice(2)}`);
        await writeFile(hint, String(number), { mode: 0o600 });
        await rename(hint, join(folder, key, hintName));
      }
    } catch {
      // The next writer does it.
    }
  }

  return {
    location,

    async get(key) {
      checkKey(key);
      return asFaults(async () => {
        if (!(await readyToRead())) return undefined;
        const version = await newest(key);
        return version?.body === undefined ? undefined : { body: version.body, tag: tagOf(version) };
      });
    },

    async put(key, body, condition, { notAfter } = {}) {
      checkKey(key);
      return asFaults(async () => {
        inTime(key, notAfter);
        await readyToWrite();
        const before = 'absent' in condition ? await numberIfAbsent(key) : await numberIfTagged(key, condition.tag);
        if (before === undefined) throw new StoreConflict(key, location);
        return tagOf(await commit(key, before, body, notAfter));
      });
    },

    async delete(key, { tag }, { notAfter } = {}) {
      checkKey(key);
      return asFaults(async () => {
        inTime(key, notAfter);
        await readyToWrite();
        const before = await numberIfTagged(key, tag);
        if (before === undefined) throw new StoreConflict(key, location);
        await commit(key, before, undefined, notAfter);
      });
    },

    async list(prefix) {
      checkPrefix(prefix);
      return asFaults(async () => {
        if (!(await readyToRead())) return [];
        const keys = (await keysUnder(folder, prefix.slice(0, prefix.lastIndexOf('/') + 1))).filter((key) =>
          key.startsWith(prefix),
        );
        return (await keepThere(keys)).sort();
      });
    },
  };

  async function numberIfAbsent(key: string): Promise<number | undefined> {
    const there = await newest(key);
    return there?.body === undefined ? (there?.number ?? 0) : undefined;
  }

  async function numberIfTagged(key: string, tag: string): Promise<number | undefined> {
    const number = Number(/^(\d{1,15})-/.exec(tag)?.[1] ?? 0);
    // No version has the number 0.
    const there = await read(key, number);
    return there?.body !== undefined && tagOf(there) === tag ? number : undefined;
  }

  async function keepThere(keys: readonly string[]): Promise<string[]> {
    const kept: string[] = [];
    for (let from = 0; from < keys.length; from += readAtOnce) {
      const some = keys.slice(from, from + readAtOnce);
      const there = await Promise.all(some.map(isLive));
      kept.push(...some.filter((_, index) => there[index]));
    }
    return kept;
  }

  /** A damaged object is listed too: who reads it is told, and the others are not hidden by it. */
  async function isLive(key: string): Promise<boolean> {
    try {
      return (await newest(key))?.body !== undefined;
    } catch (error) {
      if (error instanceof StoreFault) return true;
      throw error;
    }
  }
}

const noLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK']);
const readAtOnce = 32;

/** A number below which nothing needs to be looked for. A lower bound, no more: it may be old, missing or torn. */
const hintName = '@newest';
const hintEvery = 8;

function tagOf({ number, digest }: Version): string {
  return `${number}-${digest.slice(0, 32)}`;
}

/** The highest number in a key's directory; 0 where there is none. */
async function newestNumber(directory: string): Promise<number> {
  const hint = Number(await orAbsent(readFile(join(directory, hintName), 'utf8')));
  const hinted = Number.isSafeInteger(hint) && (await isThere(join(directory, `@${hint}`)));
  let number = hinted ? hint : numbersIn((await orAbsent(readdir(directory))) ?? []).reduce((a, b) => Math.max(a, b), 0);
  while (await isThere(join(directory, `@${number + 1}`))) number += 1;
  return number;
}

function numbersIn(names: readonly string[]): number[] {
  return names.filter((name) => /^@[1-9]\d{0,14}$/.test(name)).map((name) => Number(name.slice(1)));
}

async function isThere(path: string): Promise<boolean> {
  return (await orAbsent(stat(path))) !== undefined;
}

/** Every key that was ever written below a prefix that ends in `/` or is empty. */
async function keysUnder(folder: string, prefix: string): Promise<string[]> {
  const entries = (await orAbsent(readdir(join(folder, prefix), { withFileTypes: true }))) ?? [];
  const keys = prefix !== '' && numbersIn(entries.map((entry) => entry.name)).length > 0 ? [prefix.slice(0, -1)] : [];
  for (const entry of entries) {
    if (entry.isDirectory() && isSegment(entry.name)) keys.push(...(await keysUnder(folder, `${prefix}${entry.name}/`)));
  }
  return keys;
}

function isSegment(name: string): boolean {
  return /^[a-z0-9_-][a-z0-9._-]*$/.test(name);
}

function unreadable(path: string, why: 'damaged' | 'foreign' | 'newer'): StoreFault {
  if (why === 'newer') {
    return new StoreFault(
      'newer',
      `${path} was written by a newer version of Entity Lockdown`,
      'Update Entity Lockdown, then try again.',
    );
  }
  if (why === 'foreign') {
    return new StoreFault(
      'foreign',
      `${path} is not a file of the ledger`,
      'Move that file out of the folder, if another program put it there; else bring the folder back from a backup.',
    );
  }
  return new StoreFault(
    'damaged',
    `${path} is damaged: its checksum does not match`,
    'Bring that file back from a backup. What it held is not known without it; everything else in the ledger is sound.',
  );
}
