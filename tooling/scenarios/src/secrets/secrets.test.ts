import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { CreateUserCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand } from '@aws-sdk/client-lambda';
import { createAwsAccess } from '@entity-lockdown/core';
import { testClock } from '@entity-lockdown/plugin-testkit';
import { createSandbox, secretMark } from '@entity-lockdown/sandbox';
import { describe, expect, test } from 'vitest';
import { cli } from '../../../../apps/cli/src/testing/cli.ts';
import { runner } from '../harness.ts';
import { findSecret } from './find.ts';
import { channels, kinds, type Report, takeFound } from './gathered.ts';
import { judge } from './judge.ts';
import { searchFiles } from './search-files.ts';
import { searchOutput } from './search-output.ts';

// Each way out is given a secret here, and must find it: a search that finds nothing anyway shows nothing.

const account = '111122223333';

function organization() {
  const clock = testClock();
  const sandbox = createSandbox({ now: () => clock.now(), accounts: [{ id: account }] });
  const admin = sandbox.as(`admin:${account}`);
  return { admin, of: runner({ sandbox, clock, as: `admin:${account}` }) };
}

const ways = (): ReadonlySet<string> => new Set(takeFound().map((found) => found.split(':')[0] ?? ''));

describe('a secret is found', () => {
  test('in records, events and answers', async () => {
    const { admin, of } = organization();
    admin.run(new CreateUserCommand({ UserName: secretMark }));
    await of.contain(`arn:aws:iam::${account}:user/${secretMark}`);
    expect(ways()).toEqual(new Set(['record', 'event', 'answer']));
  });

  test('in what was thrown', async () => {
    await expect(organization().of.release(`arn:aws:iam::${account}:user/${secretMark}`)).rejects.toThrow();
    expect(ways()).toEqual(new Set(['answer']));
  });

  test('in what a command prints', async () => {
    const it = cli();
    await it.run(['plan', `not an ARN ${secretMark}`]);
    it.remove();
    expect(ways()).toEqual(new Set(['printed']));
  });

  test.each(['stdout', 'stderr'])('in %s of a process', async (stream) => {
    const { [stream as 'stdout']: said } = await promisify(execFile)(process.execPath, [
      '-e',
      `process.${stream}.write('${secretMark}')`,
    ]);
    expect(said).toBe(secretMark);
    expect(ways()).toEqual(new Set(['printed']));
  });

  test('in the output of the run, coloured, and cut in two', () => {
    const stream = new PassThrough();
    const searched = searchOutput([stream]);
    stream.write('nothing');
    expect(searched).toEqual({ found: [], pieces: 1 });
    stream.write(`${secretMark.slice(0, 3)}\u001b[31m${secretMark.slice(3, 7)}`);
    stream.write(Buffer.from(secretMark.slice(7)));
    expect(searched.found).toHaveLength(1);
    expect(stream.read().toString()).toContain('nothing');
  });

  test('in files, but for those that it was given by', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
    mkdirSync(join(folder, 'ledger'));
    const [leak, given] = [join(folder, 'ledger/a'), join(folder, 'external-id')];
    writeFileSync(leak, secretMark);
    writeFileSync(given, secretMark);
    expect(searchFiles(folder)).toEqual({ found: [`the file ${leak}: ${leak}\n<a planted secret>`], files: 1 });
    unlinkSync(leak);
    rmSync(folder, { recursive: true });
  });

  test.each([0, 1, 2])('in base 64, after %i characters', (before) => {
    expect(findSecret(Buffer.from(`${'x'.repeat(before)}${secretMark}yz`).toString('base64'))).toBeDefined();
    expect(findSecret(Buffer.from(`${'x'.repeat(before)}${secretMark.slice(1)}`).toString('base64'))).toBeUndefined();
  });
});

test.runIf(process.env.SECRET_SEARCH_FOLDER !== undefined)('what is removed is searched all the same', async () => {
  const removed = join(process.env.SECRET_SEARCH_FOLDER ?? '', 'removed');
  const texts = (): readonly string[] =>
    readdirSync(removed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name === 'of-this-test')
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  for (const remove of [
    (folder: string) => rmSync(folder, { recursive: true }),
    (folder: string) => rm(folder, { recursive: true }),
  ]) {
    const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
    const mine = crypto.randomUUID();
    writeFileSync(join(folder, 'of-this-test'), mine);
    await remove(folder);
    expect(readdirSync(tmpdir()).some((name) => folder.endsWith(name))).toBe(false);
    expect(texts()).toContain(mine);
  }
});

describe('what is planted', () => {
  test('bears the mark, or the test is refused', () => {
    const create = (Variables: { [name: string]: string }) => () =>
      organization().admin.run(
        new CreateFunctionCommand({ FunctionName: 'orders', Role: '', Code: {}, Environment: { Variables } }),
        'eu-west-1',
      );
    expect(create({ TOKEN: 'unmarked' })).toThrow(/must contain secretMark/);
    expect(create({ TOKEN: secretMark })).not.toThrow(/must contain secretMark/);
    const access = { createClient: () => expect.unreachable(), clock: testClock(), region: 'eu-west-1', sessionName: 'x' };
    expect(() => createAwsAccess({ ...access, roleName: 'x', externalId: 'unmarked' })).toThrow(/must contain secretMark/);
  });
});

describe('a run fails', () => {
  const report: Report = {
    gathered: Object.fromEntries(channels.map((channel) => [channel, 1])),
    planted: Object.fromEntries(kinds.map((kind) => [kind, 1])),
    found: [],
  };
  const good = { reports: [report], testFiles: 1, outputs: 1, files: 1, found: [] };

  test('not where all was searched and nothing found', () => {
    expect(judge(good, true)).toEqual([]);
  });

  test('where a secret was found, by a test or by the run', () => {
    const found = [{ ...report, found: ['record: x'] }];
    expect(judge({ ...good, reports: found, found: ['the file y'] }, false)).toEqual([
      'found in the file y',
      'found in record: x',
    ]);
  });

  test('where a file of tests was not searched', () => {
    expect(judge({ ...good, testFiles: 2 }, false)).toEqual(['1 of 2 files of tests were not searched']);
  });

  test('where all tests were run, and one way out or one kind of secret was in none', () => {
    const nothing = { gathered: {}, planted: {}, found: [] };
    expect(judge({ ...good, reports: [nothing], outputs: 0, files: 0 }, true)).toHaveLength(channels.length + kinds.length + 2);
    expect(judge({ ...good, reports: [nothing], outputs: 0, files: 0 }, false)).toEqual([]);
  });
});
