import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../bin/lockdown.js', import.meta.url));

let home: string;
beforeEach(() => {
  if (!existsSync(fileURLToPath(new URL('../dist/main.js', import.meta.url)))) throw new Error('build first: pnpm build');
  home = mkdtempSync(join(tmpdir(), 'lockdown-built-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs what is built, as a user would: without a terminal, without credentials, with a home of its own. */
function lockdown(argv: readonly string[], nodeOptions: readonly string[] = []): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...nodeOptions, bin, ...argv], { env: environment(), cwd: home }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, out, err });
    });
  });
}

function environment(): { readonly [name: string]: string } {
  return {
    HOME: home,
    XDG_DATA_HOME: home,
    XDG_CONFIG_HOME: home,
    AWS_EC2_METADATA_DISABLED: 'true',
    PATH: process.env.PATH ?? '',
  };
}

/** The files that are loaded, as seen by Node's own hooks. https://nodejs.org/api/module.html#moduleregisterhooksoptions */
async function loadedBy(argv: readonly string[]): Promise<{ readonly ended: Ended; readonly loaded: readonly string[] }> {
  const hook = join(home, 'hook.mjs');
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module';
     registerHooks({ load(url, context, next) { process.stderr.write('loaded ' + url + '\\n'); return next(url, context); } });`,
  );
  const ended = await lockdown(argv, ['--import', hook]);
  rmSync(hook);
  return { ended, loaded: ended.err.split('\n').filter((line) => line.startsWith('loaded ')) };
}

test.each([
  ['--help', 0],
  ['contain --help', 0],
  ['--version', 0],
  ['contain', 2],
  ['contain alice', 2],
  ['plan --unknown alice', 2],
  ['request --help', 0],
  ['request alice --yes --topic arn:aws:sns:eu-west-1:111122223333:requests --external-id planted', 2],
])('lockdown %s loads no AWS client and no plugin', async (argv, code) => {
  const { ended, loaded } = await loadedBy(argv.split(' '));
  expect(ended.code).toBe(code);
  expect(loaded.some((line) => line.includes('/cli/dist/run.js'))).toBe(true);
  expect(loaded.filter((line) => line.includes('@aws-sdk') || /\/plugin-(?!api)[^/]*\/dist\/.*\.js/.test(line))).toEqual([]);
});

test('the client of SNS is loaded by request alone, and its missing credentials are a sentence', async () => {
  const alice = 'arn:aws:iam::111122223333:user/alice';
  const other = await loadedBy(['plan', alice, '--region', 'eu-west-1']);
  expect(other.loaded.filter((line) => line.includes('client-iam'))).not.toEqual([]);
  expect(other.loaded.filter((line) => line.includes('client-sns'))).toEqual([]);
  const topic = 'arn:aws:sns:eu-west-1:111122223333:requests';
  const { ended, loaded } = await loadedBy(['request', alice, '--topic', topic, '--external-id', 'planted', '--yes']);
  expect(loaded.filter((line) => line.includes('client-sns'))).not.toEqual([]);
  expect(ended.code).toBe(1);
  expect(ended.out).toContain('There are no valid AWS credentials');
  expect(ended.out + ended.err).not.toContain('planted');
});

test('help offers the options of the plugins that are discovered', async () => {
  const { out } = await lockdown(['contain', '--help']);
  expect(out).toContain('--scope <scope>');
  expect(out.replaceAll(/\s+/g, ' ')).toContain('EC2 instance: 0 to 900 (default 60)');
});

test('without a terminal nothing is done, and no folder is made', async () => {
  const { code, err } = await lockdown(['contain', 'arn:aws:iam::111122223333:user/alice']);
  expect(code).toBe(2);
  expect(err).toMatch(/^error: There is no terminal.*\nnext: /);
  expect(readdirSync(home)).toEqual([]);
});

test('credentials that are missing are a sentence', async () => {
  const { code, err, out } = await lockdown(['plan', 'arn:aws:iam::111122223333:user/alice', '--region', 'eu-west-1']);
  expect(out + err).toContain('There are no valid AWS credentials');
  expect(out + err).not.toContain('    at ');
  expect(code).toBe(1);
  expect(readdirSync(home)).toEqual([]);
});

test('plugins and permissions', async () => {
  expect((await lockdown(['plugins'])).out).toContain('aws.lambda.function');
  const { out } = await lockdown(['permissions', '--for', 'contain', '--account', '111122223333']);
  const policy = JSON.parse(out) as { Statement: { Action: string[]; Resource: string[] }[] };
  expect(policy.Statement.flatMap(({ Action }) => Action)).toContain('iam:PutUserPolicy');
  expect(out).not.toContain('{account}');
  expect((await lockdown(['permissions', '--type', 'aws.x'])).code).toBe(2);
});

test
  .runIf(process.platform === 'linux')
  .each([{ HOME: '', XDG_DATA_HOME: '', XDG_CONFIG_HOME: '' }, { XDG_DATA_HOME: 'here' }, { XDG_CONFIG_HOME: 'here' }])(
  'with %j no ledger and no list is taken from where the command is run',
  async (variables) => {
    const env = { ...environment(), ...variables };
    const child = spawn(process.execPath, [bin, 'status'], { cwd: home, env, stdio: ['ignore', 'ignore', 'pipe'] });
    const said = child.stderr?.setEncoding('utf8').toArray();
    expect(await once(child, 'exit')).toEqual([2, null]);
    expect((await said)?.join('')).toMatch(/^error: This account's folder .*\nnext: Set HOME/);
  },
);

test('the demo holds, and leaves nothing behind', async () => {
  const { code, out } = await lockdown(['demo']);
  expect(out).toContain('All of it held.');
  expect(code).toBe(0);
  expect(readdirSync(home)).toEqual([]);
});

test.runIf(process.platform === 'linux').each([
  [['plugins'], 1],
  [['plugins', '--json'], 1],
  [['--help'], 1],
  // The result was not written, whatever it was.
  [['contain', 'alice', '--yes', '--json'], 1],
] as const)('%j on a disk that is full is an error', async (argv, code) => {
  const full = openSync('/dev/full', 'w');
  try {
    const child = spawn(process.execPath, [bin, ...argv], { cwd: home, env: environment(), stdio: ['ignore', full, 'pipe'] });
    const said = child.stderr?.setEncoding('utf8').toArray();
    expect(await once(child, 'exit')).toEqual([code, null]);
    expect((await said)?.join('')).toMatch(/^error: The result could not be written to stdout \(ENOSPC\)\.\nnext: /);
  } finally {
    closeSync(full);
  }
});

test('a reader that goes away, such as head, does not end the command', async () => {
  const child = spawn(process.execPath, [bin, 'demo'], { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  child.stderr.destroy();
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});
