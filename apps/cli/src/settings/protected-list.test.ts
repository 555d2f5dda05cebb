import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { protectedFrom } from './protected-list.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockdown-protected-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const entry = { pattern: 'arn:aws:iam::*:role/break-glass', owner: 'the platform team' };

function list(content: unknown, name = 'protected.json'): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
  return path;
}

describe('where it is', () => {
  test('an option comes before the environment, and that before the folder of the configuration', () => {
    const [given, env] = [list([entry], 'given.json'), list([entry, entry], 'env.json')];
    list([entry, entry, entry]);
    expect(protectedFrom(given, { LOCKDOWN_PROTECTED: env }, folder)).toHaveLength(1);
    expect(protectedFrom(undefined, { LOCKDOWN_PROTECTED: env }, folder)).toHaveLength(2);
    for (const unset of [{}, { LOCKDOWN_PROTECTED: '' }]) expect(protectedFrom(undefined, unset, folder)).toHaveLength(3);
  });

  test('none need be in the folder of the configuration; one that was named is missed', () => {
    const nothing = join(folder, 'nothing.json');
    expect(protectedFrom(undefined, {}, join(folder, 'nowhere'))).toEqual([]);
    expect(() => protectedFrom(nothing, {}, folder)).toThrow(/cannot be read \(ENOENT\)/);
    expect(() => protectedFrom(undefined, { LOCKDOWN_PROTECTED: nothing }, folder)).toThrow(/cannot be read \(ENOENT\)/);
  });

  test('one in the folder of the configuration that cannot be read is not as if there were none', () => {
    mkdirSync(join(folder, 'protected.json'));
    expect(() => protectedFrom(undefined, {}, folder)).toThrow(/cannot be read \(EISDIR\)/);
  });
});

describe('what it says', () => {
  test('is taken as it stands', () => {
    const full = [
      { ...entry, reason: 'the way back in', until: '2027-01-31T12:00:00Z' },
      { ...entry, until: '2027-01-31' },
    ];
    expect(protectedFrom(list(full), {}, folder)).toEqual(full);
    expect(protectedFrom(list([]), {}, folder)).toEqual([]);
  });

  test.each([
    ['[', 'is not JSON'],
    [{}, 'is not a list'],
    [null, 'is not a list'],
    [['arn:aws:iam::*:role/x'], 'entry 1 that is not an object'],
    [[entry, null], 'entry 2 that is not an object'],
    [[[]], 'entry 1 that is not an object'],
    [[{ owner: 'x' }], 'no "pattern"'],
    [[{ ...entry, pattern: ['arn:aws:iam::*:role/x'] }], 'no "pattern"'],
    [[{ ...entry, pattern: 'role/x' }], 'no "pattern"'],
    [[{ pattern: entry.pattern }], 'no "owner"'],
    [[{ ...entry, owner: '' }], 'no "owner"'],
    [[{ ...entry, reason: 7 }], '"reason" that is no text'],
    [[{ ...entry, reason: null }], '"reason" that is no text'],
    [[{ ...entry, until: 20270131 }], '"until" that is no time'],
    [[{ ...entry, until: ['2027-01-31'] }], '"until" that is no time'],
    [[{ ...entry, until: '31 January 2027' }], '"until" that is no time'],
    [[{ ...entry, until: '2027-02-32' }], '"until" that is no time'],
    [[{ ...entry, untill: '2027-01-31' }], '"untill", which is not known'],
  ])('%j is refused whole', (content, sentence) => {
    expect(() => protectedFrom(list(content), {}, folder)).toThrow(sentence);
  });
});

describe.runIf(process.geteuid !== undefined)('who can write it', () => {
  test.each([0o620, 0o602])('others by its mode %o: it is refused', (mode) => {
    const file = list([entry]);
    chmodSync(file, mode);
    expect(() => protectedFrom(file, {}, folder)).toThrow(/can be written by others/);
  });

  test('others by the mode of its folder, unless each may remove his own files alone', () => {
    const file = list([entry]);
    chmodSync(folder, 0o777);
    expect(() => protectedFrom(file, {}, folder)).toThrow(/can be written by others/);
    chmodSync(folder, 0o1777);
    expect(protectedFrom(file, {}, folder)).toEqual([entry]);
    // That guards the folder, not a file that is open itself.
    chmodSync(file, 0o666);
    expect(() => protectedFrom(file, {}, folder)).toThrow(/can be written by others/);
  });

  test('another user, whose it is', () => {
    const file = list([entry]);
    const me = process.geteuid?.() ?? 0;
    vi.spyOn(process, 'geteuid').mockReturnValue(me + 1);
    // What root owns is as safe as root.
    if (me === 0) expect(protectedFrom(file, {}, folder)).toEqual([entry]);
    else expect(() => protectedFrom(file, {}, folder)).toThrow(`belongs to another user (uid ${me})`);
  });

  test.runIf(process.geteuid?.() === 0)('another user than root, to root too', () => {
    const file = list([entry]);
    chownSync(file, 4_711, 4_711);
    expect(() => protectedFrom(file, {}, folder)).toThrow(/belongs to another user \(uid 4711\)/);
    vi.spyOn(process, 'geteuid').mockReturnValue(4_711);
    expect(protectedFrom(file, {}, folder)).toEqual([entry]);
  });
});
