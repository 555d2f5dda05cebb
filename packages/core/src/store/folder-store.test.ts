import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { folderStore } from './folder-store.ts';
import { type ObjectStore, StoreConflict, StoreDeadline, StoreFault, type StoreFaultCode } from './object-store.ts';
import { idsIn } from './testing/add-once.ts';
import { describeStore } from './testing/describe-store.ts';
import { bodyAfter, killedKey } from './testing/steps.ts';

const room = await mkdtemp(join(tmpdir(), 'entity-lockdown-'));
afterAll(() => rm(room, { recursive: true, force: true }));

async function newFolder(): Promise<string> {
  return join(await mkdtemp(join(room, 'store-')), 'ledger');
}

describeStore('a store in a folder', async () => {
  const folder = await newFolder();
  return { open: ({ now }) => folderStore({ folder, now }) };
});

let folder: string;
let store: ObjectStore;

beforeEach(async () => {
  folder = await newFolder();
  store = folderStore({ folder });
});

it('may write until the end of its time, and no longer', async () => {
  const own = folderStore({ folder, now: () => 1_000 });
  await own.put('open/a', '1', { absent: true }, { notAfter: 1_000 });
  await expect(own.put('open/b', '1', { absent: true }, { notAfter: 999 })).rejects.toThrow(StoreDeadline);
});

async function rewrite(times: number): Promise<string> {
  let tag = await store.put('open/a', '0', { absent: true });
  for (let at = 1; at <= times; at += 1) tag = await store.put('open/a', `${at}`, { tag });
  return tag;
}

describe('what is on the disk', () => {
  it('is nothing at all before the first put', async () => {
    await store.get('open/a');
    await store.list('');
    await expect(stat(folder)).rejects.toThrow('ENOENT');
  });

  it('is readable by its owner only, and with cat', async () => {
    await store.put('open/a', '{"id":"r-1"}', { absent: true });
    for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      expect([entry.name, (mode & 0o777).toString(8)]).toEqual([entry.name, entry.isDirectory() ? '700' : '600']);
    }
    expect(((await stat(folder)).mode & 0o777).toString(8)).toBe('700');
    expect(await readFile(join(folder, 'open/a/@1'), 'utf8')).toMatch(
      /^entity-lockdown-ledger 1 written open\/a 1 [0-9a-f]{64}\n\{"id":"r-1"\}\n$/,
    );
  });

  it('keeps every name, empties what was superseded, and leaves nothing aside', async () => {
    await store.delete('open/a', { tag: await rewrite(20) });
    const names = (await readdir(join(folder, 'open/a'))).filter((name) => name !== '@newest').sort();
    expect(names).toEqual(Array.from({ length: 22 }, (_, at) => `@${at + 1}`).sort());
    expect((await stat(join(folder, 'open/a/@21'))).size).toBe(0);
    expect(await readdir(join(folder, '@aside'))).toEqual([]);
  });

  it('has a hint of the newest, so that not every name is looked at', async () => {
    await rewrite(20);
    expect(await readFile(join(folder, 'open/a/@newest'), 'utf8')).toBe('16');
    // Whoever may not list the names finds it all the same.
    await chmod(join(folder, 'open/a'), 0o300);
    await withoutPrivilege(async () => {
      expect((await folderStore({ folder }).get('open/a'))?.body).toBe('20');
    });
    await chmod(join(folder, 'open/a'), 0o700);
  });

  it.each(['', '\0\0\0', '2', '999999', '-5', 'x', '1e400'])('does without a sound hint (%j)', async (hint) => {
    const tag = await rewrite(20);
    await writeFile(join(folder, 'open/a/@newest'), hint);
    // Even where something has the name that such a number would have.
    for (const name of ['@NaN', '@Infinity']) await writeFile(join(folder, 'open/a', name), '');
    expect(await store.get('open/a')).toEqual({ body: '20', tag });
  });

  it('says of a deletion that it is one in its first line, and nothing else', async () => {
    await store.delete('open/a', { tag: await store.put('open/a', '1', { absent: true }) });
    expect(await readFile(join(folder, 'open/a/@2'), 'utf8')).toMatch(
      /^entity-lockdown-ledger 1 deleted open\/a 2 [0-9a-f]{64}\n$/,
    );
  });

  it('is no deletion for what its body says', async () => {
    const tag = await store.put('open/a', 'it was deleted by alice', { absent: true });
    expect(await store.get('open/a')).toEqual({ body: 'it was deleted by alice', tag });
  });

  it('goes on after a writer that died before it had emptied the version before', async () => {
    await store.put('open/a', '1', { absent: true });
    const one = await readFile(join(folder, 'open/a/@1'));
    const tag = await store.put('open/a', '2', { tag: (await store.get('open/a'))?.tag ?? '' });
    await writeFile(join(folder, 'open/a/@1'), one);
    expect(await store.get('open/a')).toEqual({ body: '2', tag });
  });

  it('goes on where whoever began to make the ledger died', async () => {
    await mkdir(join(folder, '@aside'), { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    expect(await store.get('open/a')).toBeUndefined();
    const tag = await store.put('open/a', '1', { absent: true });
    expect(await folderStore({ folder }).get('open/a')).toEqual({ body: '1', tag });
  });

  it('is cleared of what writers left aside that died a day ago, and of nothing that may still be written', async () => {
    await store.put('open/a', '1', { absent: true });
    const now = Date.now() / 1_000;
    for (const [name, hours] of [
      ['dead', 25],
      ['alive', 23],
    ] as const) {
      const path = join(folder, '@aside', name);
      await writeFile(path, '');
      await utimes(path, now, now - hours * 3_600);
    }
    await folderStore({ folder }).put('open/b', '1', { absent: true });
    expect(await readdir(join(folder, '@aside'))).toEqual(['alive']);
  });

  it('can be copied, and the copy is the same ledger', async () => {
    const tag = await rewrite(10);
    const copy = await newFolder();
    await cp(folder, copy, { recursive: true });
    await chmod(copy, 0o700);
    expect(await folderStore({ folder: copy }).get('open/a')).toEqual({ body: '10', tag });
  });
});

/** The fault that is thrown; every fault must say what to do, and name the place. */
async function faultOf(work: Promise<unknown>): Promise<StoreFaultCode> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreFault)) throw new Error(`no StoreFault, but ${String(error)}`);
  expect(error.next).toMatch(/^[A-Z].+/);
  expect(error.message).toContain(folder);
  return error.code;
}

describe('a folder at fault', () => {
  it.each([0o770, 0o702, 0o777, 0o1777])('is refused where others can write it (%o)', async (mode) => {
    await mkdir(folder);
    await chmod(folder, mode);
    expect(await faultOf(store.get('open/a'))).toBe('not-private');
    expect(await faultOf(store.put('open/a', '1', { absent: true }))).toBe('not-private');
    expect(await readdir(folder)).toEqual([]);
  });

  it.runIf(process.geteuid?.() === 0)('is refused where it belongs to another user', async () => {
    await mkdir(folder, { mode: 0o700 });
    await chown(folder, 65_534, 65_534);
    expect(await faultOf(store.get('open/a'))).toBe('not-private');
    expect(await faultOf(store.put('open/a', '1', { absent: true }))).toBe('not-private');
    expect(await readdir(folder)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('is not refused for belonging to root', async () => {
    await mkdir(folder);
    await withoutPrivilege(async () => {
      // Told is what it holds, and not whose it is.
      await expect(folderStore({ folder: '/usr' }).get('open/a')).rejects.toMatchObject({ code: 'foreign' });
    });
  });

  it('is refused where it holds something else', async () => {
    await mkdir(folder, { mode: 0o700 });
    await writeFile(join(folder, 'thesis.txt'), 'chapter 1');
    expect(await faultOf(store.list(''))).toBe('foreign');
    expect(await faultOf(store.put('open/a', '1', { absent: true }))).toBe('foreign');
    expect(await readdir(folder)).toEqual(['thesis.txt']);
  });

  it('is not refused for the file that macOS puts into folders', async () => {
    await mkdir(folder, { mode: 0o700 });
    await writeFile(join(folder, '.DS_Store'), '');
    await store.put('open/a', '1', { absent: true });
    expect(await store.list('')).toEqual(['open/a']);
  });

  it('is refused where nobody can tell any more which version wrote it', async () => {
    await store.put('open/a', '1', { absent: true });
    await writeFile(join(folder, '@entity-lockdown'), 'entity-lockdown ledger, form');
    expect(await faultOf(folderStore({ folder }).get('open/a'))).toBe('damaged');
    expect(await faultOf(folderStore({ folder }).put('open/b', '1', { absent: true }))).toBe('damaged');
  });

  it('is refused where it is a file, or lies below one', async () => {
    await writeFile(folder, '');
    // As /dev/null is: nobody is to be told to change the mode of that.
    await chmod(folder, 0o666);
    expect(await faultOf(store.get('open/a'))).toBe('unsuitable');
    expect(await faultOf(folderStore({ folder: join(folder, 'below') }).put('open/a', '1', { absent: true }))).toBe('unsuitable');
  });

  it.runIf(process.platform === 'linux')('is refused where no folder can be made, and does not try for ever', async () => {
    const put = folderStore({ folder: '/proc/none/ledger' }).put('open/a', '', { absent: true });
    await expect(put).rejects.toMatchObject({ code: 'unsuitable', message: expect.stringContaining('/proc/none/ledger') });
  });

  it('is refused where its path is too long, and no folder above it is made', async () => {
    const put = folderStore({ folder: join(folder, ...Array(25).fill('x'.repeat(200))) }).put('open/a', '', { absent: true });
    expect(await faultOf(put)).toBe('unsuitable');
    await expect(stat(folder)).rejects.toThrow('ENOENT');
  });

  it('is made with the folders above it, by several at once', async () => {
    const deep = join(folder, 'a/b/c');
    const puts = ['x', 'y', 'z'].map((name) => folderStore({ folder: deep }).put(`open/${name}`, '', { absent: true }));
    await Promise.all(puts);
    expect(await folderStore({ folder: deep }).list('open/')).toEqual(['open/x', 'open/y', 'open/z']);
  });

  it('is refused where a newer version wrote it', async () => {
    await store.put('open/a', '1', { absent: true });
    const path = join(folder, 'open/a/@1');
    await writeFile(path, (await readFile(path, 'utf8')).replace(' 1 written', ' 2 written'));
    expect(await faultOf(store.get('open/a'))).toBe('newer');
    await writeFile(join(folder, '@entity-lockdown'), 'entity-lockdown ledger, format 2\n');
    expect(await faultOf(folderStore({ folder }).get('open/b'))).toBe('newer');
    expect(await faultOf(folderStore({ folder }).put('open/b', '1', { absent: true }))).toBe('newer');
  });

  const damages: readonly (readonly [string, (path: string) => Promise<void>, StoreFaultCode])[] = [
    ['emptied', (path) => truncate(path, 0), 'damaged'],
    ['cut short', async (path) => truncate(path, (await stat(path)).size - 3), 'damaged'],
    ['cut within its first line', (path) => truncate(path, 10), 'damaged'],
    ['zeroed', (path) => writeFile(path, '\0'.repeat(50)), 'damaged'],
    ['altered', async (path) => writeFile(path, (await readFile(path, 'utf8')).replace('"from"', '"FROM"')), 'damaged'],
    ['added to', async (path) => writeFile(path, `${await readFile(path, 'utf8')}\n`), 'damaged'],
    ['replaced by another object', (path) => cp(join(folder, 'open/b/@1'), path), 'damaged'],
    ['replaced by a stranger', (path) => writeFile(path, 'hello\n'), 'foreign'],
  ];
  it.each(damages)('is told where an object was %s, and the others are there', async (_, damage, code) => {
    const tag = await store.put('open/a', '{"from":1}', { absent: true });
    await store.put('open/b', '{"from":2}', { absent: true });
    await damage(join(folder, 'open/a/@1'));
    expect(await faultOf(store.get('open/a'))).toBe(code);
    expect(await faultOf(store.put('open/a', '2', { tag }))).toBe(code);
    expect(await faultOf(store.put('open/a', '2', { absent: true }))).toBe(code);
    expect(await faultOf(store.delete('open/a', { tag }))).toBe(code);
    expect((await store.get('open/b'))?.body).toBe('{"from":2}');
    expect(await store.list('open/')).toEqual(['open/a', 'open/b']);
  });

  it('is told where it may not be written, and can still be read', async () => {
    const tag = await store.put('open/a', '1', { absent: true });
    await chmod(join(folder, '@aside'), 0o500);
    await withoutPrivilege(async () => {
      const other = folderStore({ folder });
      expect(await other.get('open/a')).toEqual({ body: '1', tag });
      expect(await faultOf(other.put('open/b', '1', { absent: true }))).toBe('no-permission');
      expect(await faultOf(other.put('open/a', '2', { tag }))).toBe('no-permission');
    });
    expect(await store.list('')).toEqual(['open/a']);
    expect(await store.get('open/a')).toEqual({ body: '1', tag });
  });

  it('is told where the disk is full, and nothing is lost', async () => {
    // A file-size limit of the process is the full disk that every account can have.
    const tag = await store.put('open/a', '{"count":1}', { absent: true });
    const script = `ulimit -f 0 && exec "$@"`;
    const child = spawn('sh', ['-c', script, 'sh', process.execPath, fileURLToPath(failingProcess), folder]);
    const [said] = await Promise.all([textOf(child), once(child, 'close')]);
    expect(said).toMatch(/^no-space: the ledger's folder .+ is on a disk that is full; nothing was lost/);
    expect(await store.get('open/a')).toEqual({ body: '{"count":1}', tag });
    expect(await store.put('open/a', '{"count":2}', { tag })).not.toBe(tag);
    expect(await readdir(join(folder, '@aside'))).toEqual([]);
  });

  it('is told where it was removed while in use', async () => {
    const tag = await store.put('open/a', '1', { absent: true });
    await rm(folder, { recursive: true });
    expect(await store.get('open/a')).toBeUndefined();
    await expect(store.put('open/a', '2', { tag })).rejects.toThrow(StoreConflict);
    expect(await faultOf(store.put('open/a', '2', { absent: true }))).toBe('unsuitable');
  });
});

describe('several processes', () => {
  it('lose no update, eight at once', async () => {
    const times = 50;
    const children = Array.from({ length: 8 }, (_, by) => start(addingProcess, 'folder', folder, `${by}`, `${times}`));
    for (const exit of await Promise.all(children.map((child) => once(child, 'close')))) expect(exit[0]).toBe(0);
    expect(new Set(idsIn((await store.get('ledger'))?.body ?? '')).size).toBe(8 * times);
  });

  it('lose no acknowledged write by SIGKILL', async () => {
    let step = 0;
    for (let kill = 0; kill < 25; kill += 1) {
      const child = start(steppingProcess, folder, `${step + 1}`);
      const said = textOf(child);
      await once(child.stdout ?? child, 'data');
      // Spread over some thirty writes, each of which takes about two milliseconds.
      await sleep((kill * 7) % 60);
      child.kill('SIGKILL');
      const last = Number((await said).trimEnd().split('\n').at(-1));
      expect(last).toBeGreaterThan(step);
      const body = (await store.get(killedKey))?.body;
      // What was acknowledged last, or the one write that was under way.
      step = body === bodyAfter(last) ? last : last + 1;
      expect(body).toBe(bodyAfter(step));
      expect(await store.list('')).toEqual(body === undefined ? [] : [killedKey]);
    }
  });
});

const addingProcess = new URL('./testing/adding-process.ts', import.meta.url);
const steppingProcess = new URL('./testing/stepping-process.ts', import.meta.url);
const failingProcess = new URL('./testing/failing-process.ts', import.meta.url);

function start(program: URL, ...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(program), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** All that a process writes on its standard output, once it has ended. */
async function textOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(child, 'close');
  return text;
}

/** Runs as a user to whom file modes apply; to root they do not. */
async function withoutPrivilege(work: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return work();
  const nobody = 65_534;
  for (const entry of await readdir(room, { withFileTypes: true, recursive: true })) {
    await chown(join(entry.parentPath, entry.name), nobody, nobody);
  }
  await chown(room, nobody, nobody);
  process.seteuid?.(nobody);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
    await chown(folder, 0, 0);
  }
}
