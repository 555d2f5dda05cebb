import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { faults } from '@entity-lockdown/sandbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { account, alice, app, type Cli, cli, type How, type Ran } from './testing/cli.ts';

let it: Cli;
let before: object;
beforeEach(() => {
  it = cli();
  before = it.sandbox.dump();
});
afterEach(() => it.remove());

/** Runs what must end with a sentence and a next step, and change nothing on AWS. */
async function refused(argv: readonly string[], code: number, sentence: string | RegExp, how: How = {}): Promise<Ran> {
  const ran = await it.run(argv, how);
  const all = ran.out + ran.err;
  // Lines are broken where the terminal ends.
  expect(all.replaceAll(/\s+/g, ' ')).toMatch(sentence);
  expect(all).toContain('next: ');
  expect(all).not.toMatch(/\n\s+at .*:\d+/);
  expect(withoutNewlines(all)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(ran.code).toBe(code);
  expect(it.mutations()).toEqual([]);
  expect(it.sandbox.dump()).toEqual(before);
  return ran;
}

function withoutNewlines(text: string): string {
  return text.replaceAll('\n', '');
}

/** Every file of a folder with its content: to see that nothing was lost. */
function contentOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}\n${readFileSync(join(entry.parentPath, entry.name), 'utf8')}`)
    .toSorted();
}

const contain = (arn: string): readonly string[] => ['contain', arn, '--yes'];

describe('what is no entity', () => {
  test.each([
    ['no ARN', 'alice', /"alice" is not an ARN/],
    ['nothing', '', /"" is not an ARN/],
    ['the id of an access key', 'AKIAIOSFODNN7EXAMPLE', /is not an ARN/],
    ['a type that no plugin knows', `arn:aws:sqs:eu-west-1:${account}:orders`, /No plugin contains/],
    ['a type that is refused', `arn:aws:iam::${account}:group/admins`, /group/],
    ['a malformed account', 'arn:aws:iam::12345:user/alice', /not an account id/],
    ['a malformed Region', `arn:aws:lambda:Europe:${account}:function:worker`, /not an AWS Region/],
    ['a malformed name', `arn:aws:iam::${account}:user/al*ce`, /error: /],
    ['control characters', `arn:aws:iam::${account}:user/al\u001b[31mice`, /invisible or control characters/],
    ['bidirectional marks', `arn:aws:iam::${account}:user/\u202eecila`, /invisible or control characters/],
    ['white space', `arn:aws:iam::${account}:user/alice `, /white space/],
  ])('%s', async (_, arn, sentence) => {
    await refused(contain(arn), 2, sentence);
    await refused(['plan', arn], 2, sentence);
    await refused(['release', arn, '--yes'], 2, /error: /);
    await refused(['status', arn], 2, /error: /);
  });

  test('megabytes of text are answered shortly', async () => {
    const ran = await refused(contain(`arn:aws:iam::${account}:user/${'a'.repeat(3_000_000)}`), 2, /no ARN is longer than/);
    expect((ran.out + ran.err).length).toBeLessThan(2_000);
    const option = await refused(['contain', alice, '--yes', '--region', 'x'.repeat(3_000_000)], 2, /is not an AWS Region/);
    expect((option.out + option.err).length).toBeLessThan(2_000);
    const unknown = await refused(['contain', alice, `--${'x'.repeat(3_000_000)}`], 2, /Unknown option/);
    expect((unknown.out + unknown.err).length).toBeLessThan(2_000);
  });

  test('one that does not exist', async () => {
    const ran = await it.run(contain(`arn:aws:iam::${account}:user/nobody`));
    expect(ran.code).toBe(2);
    expect(ran.out).toContain('nobody');
    expect(it.sandbox.dump()).toEqual(before);
    expect((await it.run(['status', '--json'])).json.records).toEqual([]);
  });

  test('the same entity twice, in two spellings, is contained once, and that is said', async () => {
    const ran = await it.run(['contain', alice, alice, `arn:aws:iam::${account}:user/alice`, '--yes']);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('Named 3 times: done once.');
    expect(ran.out.match(/^CONTAINED/gm)).toHaveLength(1);
  });

  const queue = `arn:aws:sqs:eu-west-1:${account}:orders`;

  test.each(['contain', 'plan'])(
    '%s: one that is none stops all, before AWS is asked; all that is wrong is named',
    async (command) => {
      const argv = [command, alice, 'alice', queue, '--dwell', '5', ...(command === 'plan' ? [] : ['--yes'])];
      const ran = await refused(argv, 2, /Nothing was touched, neither .*user\/.*alice\./);
      expect(ran.err).toContain('error: "alice" is not an ARN');
      expect(ran.err).toContain('error: No plugin contains');
      expect(ran.err).toContain('error: --dwell is for EC2 instance');
      expect(it.sandbox.calls).toEqual([]);
      const { code, json } = await it.run([...argv, '--json']);
      expect(code).toBe(2);
      expect(json.error).toMatchObject({ code: 'usage', message: 'Some of what was given is bad input: nothing was touched.' });
      expect(json.entities).toMatchObject([
        { input: 'alice', exitCode: 2, error: { code: 'not-an-arn' } },
        { input: queue, exitCode: 2, error: { code: 'unsupported-type' } },
        { input: '--dwell', exitCode: 2, error: { code: 'usage' } },
        { input: alice, type: 'aws.iam.user', exitCode: 2, outcome: 'not-begun' },
      ]);
      expect(it.sandbox.calls).toEqual([]);
      expect(readdirSync(it.folder)).toEqual([]);
    },
  );

  test('somebody at a terminal is not asked about the rest', async () => {
    await refused(['contain', alice, 'alice'], 2, /"alice" is not an ARN/, { answer: true });
    expect(it.questions).toEqual([]);
  });

  test('release: one that is none stops all; one that has nothing to release does not', async () => {
    await it.run(contain(alice));
    it.sandbox.clearCalls();
    before = it.sandbox.dump();
    await refused(['release', alice, 'alice', '--yes'], 2, /Nothing was touched, neither/);
    await refused(['release', alice, queue, '--yes'], 2, /No plugin contains/);
    await refused(['release', alice, '0000000000000000-aaaaaaaa', '--yes'], 2, /There is no record/);
    await refused(['release', alice, 'alice'], 2, /"alice" is not an ARN/, { answer: true });
    expect(it.questions).toEqual([]);
    // As by somebody who gives the same command again after it was cut short.
    const ran = await it.run(['release', app, alice, '--yes', '--json']);
    expect(ran.json.entities).toMatchObject([
      { arn: alice, outcome: 'released' },
      { input: app, exitCode: 2 },
    ]);
    expect(ran.code).toBe(1);
  });

  test('what only AWS tells concerns its entity alone: the command has touched something, and does not end with 2', async () => {
    const ran = await it.run(['contain', `arn:aws:iam::${account}:user/nobody`, app, '--yes', '--json']);
    expect(ran.json.entities).toMatchObject([
      { outcome: 'invalid', exitCode: 2 },
      { outcome: 'contained', exitCode: 0 },
    ]);
    expect(ran.code).toBe(1);
  });
});

describe('options', () => {
  test.each([
    ['an unknown option', ['--foo'], /Unknown option '--foo'/],
    ['a Region', ['--region', 'europe'], /"europe" is not an AWS Region/],
    ['an endpoint', ['--endpoint-url', 'localhost:5000'], /not the address of an endpoint/],
    ['a role', ['--role-name', `arn:aws:iam::${account}:role/x`], /not the name of a role/],
    ['a ledger', ['--ledger', 'ftp://x'], /no place for a ledger/],
    ['a bucket', ['--ledger', 's3://UPPER/x'], /no place for a ledger/],
    ['an incident', ['--incident', 'a\u0007b'], /cannot be the id of an incident/],
    ['a reason', ['--reason', 'a\u202eb'], /cannot be a value of --reason/],
    ['an external id without a role', ['--external-id', 'abcdef'], /no role that it is for/],
    ['an external id twice', ['--external-id', 'abcdef', '--external-id-file', 'x', '--role-name', 'y'], /both given/],
    ['a file of an external id', ['--external-id-file', '/nowhere/x', '--role-name', 'y'], /cannot be read/],
    ['an option in place of a reason', ['--reason', '--verbose'], /cannot be a value of --reason/],
    ['an option in place of a profile', ['--profile', '--verbose'], /not the name of a profile/],
    ['a profile', ['--profile', ''], /not the name of a profile/],
    ['a folder of plugins', ['--protected', '/nowhere/protected.json'], /cannot be read/],
  ])('%s', async (_, options, sentence) => {
    await refused([...contain(alice), ...options], 2, sentence);
  });

  test('the value of an option that is not known may be secret: it is not shown', async () => {
    const ran = await refused([...contain(alice), '--externalid=planted-secret'], 2, /Unknown option '--externalid'/);
    expect(ran.out + ran.err).not.toContain('planted');
  });

  test('the external id is taken out of whatever would quote it', async () => {
    const secret = ['--role-name', 'x', '--external-id', 'planted-secret-external'];
    for (const more of [[], ['--json']]) {
      const ran = await it.run(['contain', 'planted-secret-external', '--yes', ...secret, ...more]);
      expect(ran.out + ran.err).toContain('(external id)');
      expect(ran.out + ran.err).not.toContain('planted');
    }
    const file = join(it.folder, 'external-id');
    writeFileSync(file, 'planted-secret-in-file\n');
    const ran = await it.run(['plan', 'planted-secret-in-file', '--role-name', 'x', '--external-id-file', file]);
    expect(ran.out + ran.err).not.toContain('planted');
  });

  test('an option that nothing named has is refused', async () => {
    await refused([...contain(alice), '--dwell', '5'], 2, /--dwell is for EC2 instance, and none of them is named\./);
    await refused(['plan', alice, '--scope', 'role'], 2, /--scope is for .*, and none of them is named\./);
  });

  test('a value that the type does not have is refused for that type', async () => {
    const { code, json } = await it.run([
      ...contain(`arn:aws:lambda:eu-west-1:${account}:function:worker`),
      '--scope',
      'instance',
      '--json',
    ]);
    expect(code).toBe(2);
    expect(json.entities[0]).toMatchObject({ input: '--scope', error: { code: 'bad-option' } });
    expect(json.entities[0].error.message).toContain('scope of a Lambda function is role or function');
    expect(it.mutations()).toEqual([]);
  });

  test('no arguments, and commands that are none', async () => {
    expect((await it.run([])).code).toBe(2);
    await refused(['contain'], 2, /Missing required argument/);
    await refused(['destroy', alice], 2, /Unknown command/);
    await refused(['help', 'destroy'], 2, /There is no such command/);
  });

  test('without a terminal and without --yes nothing is done', async () => {
    await refused(['contain', alice], 2, /no terminal/);
    await refused(['release', alice], 2, /no terminal/);
    expect(readdirSync(it.folder)).toEqual([]);
  });
});

describe('the list of what is protected', () => {
  const list = (text: string, mode = 0o600): string => {
    const file = join(it.folder, 'protected.json');
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  };
  const good = JSON.stringify([{ pattern: `arn:aws:iam::${account}:user/*`, owner: 'the platform team' }]);

  test('is obeyed', async () => {
    const ran = await refused([...contain(alice), '--protected', list(good)], 3, /protected by the platform team/);
    expect(ran.out).toContain('Ask the platform team');
    await refused(['plan', alice], 3, /protected by the platform team/, { env: { LOCKDOWN_PROTECTED: list(good) } });
  });

  test.each([
    ['no JSON', '[', 'is not JSON'],
    ['no list', '{}', 'is not a list'],
    ['no pattern', '[{"owner": "x"}]', 'no "pattern"'],
    ['no owner', '[{"pattern": "arn:aws:iam::*:user/*"}]', 'no "owner"'],
    ['a misspelled member', '[{"pattern": "arn:aws:iam::*:user/*", "owner": "x", "untill": "2027-01-01"}]', 'not known'],
    ['a time that is none', '[{"pattern": "arn:aws:iam::*:user/*", "owner": "x", "until": "soon"}]', 'no time'],
  ])('with %s is an error, never as if there were none', async (_, text, sentence) => {
    await refused([...contain(alice), '--protected', list(text)], 2, new RegExp(sentence));
  });

  test('that others can write is refused', async () => {
    await refused([...contain(alice), '--protected', list(good, 0o666)], 2, /can be written by others/);
  });
});

describe('a ledger', () => {
  const ledger = (): string => join(it.folder, 'ledger');

  test('that is another folder with files is refused and left alone', async () => {
    mkdirSync(ledger(), { mode: 0o700 });
    writeFileSync(join(ledger(), 'thesis.txt'), 'all of it');
    await refused(contain(alice), 1, /holds other files/);
    expect(contentOf(ledger())).toEqual([`${ledger()}/thesis.txt\nall of it`]);
  });

  test('that others can write is refused', async () => {
    mkdirSync(ledger());
    chmodSync(ledger(), 0o777);
    await refused(contain(alice), 1, /can be written by others/);
  });

  test('of a newer version is refused and left alone', async () => {
    await it.run(contain(app));
    writeFileSync(join(ledger(), '@entity-lockdown'), 'entity-lockdown ledger, format 99\n');
    it.sandbox.clearCalls();
    before = it.sandbox.dump();
    const content = contentOf(ledger());
    await refused(contain(alice), 1, /newer version/);
    await refused(['release', app, '--yes'], 1, /newer version/);
    expect(contentOf(ledger())).toEqual(content);
  });

  test('that is damaged is named, and nothing of it is lost', async () => {
    await it.run(contain(alice));
    const file = contentOf(ledger())
      .map((each) => each.split('\n')[0] ?? '')
      .filter((each) => each.includes('/open/') && readFileSync(each, 'utf8') !== '')
      .at(-1) as string;
    writeFileSync(file, readFileSync(file, 'utf8').replace('"contained"', '"released"'));
    it.sandbox.clearCalls();
    before = it.sandbox.dump();
    const content = readFileSync(file, 'utf8');
    await refused(contain(alice), 1, /damaged/);
    await refused(['release', alice, '--yes'], 1, /damaged/);
    await refused(['status'], 1, /damaged/);
    await it.run(contain(app));
    expect((await it.run(['status'])).out).toContain(app);
    expect((await it.run(['status', '--json'])).json.records).toHaveLength(1);
    expect((await it.run(['release', app, '--yes'])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  test.runIf(process.platform === 'linux')('that cannot be written is named, and AWS is left alone', async () => {
    await refused([...contain(alice), '--ledger', 'file:/sys/lockdown'], 1, /read-only|may not be read or written by you/);
  });

  test('is made readable by its owner only, and by containing alone', async () => {
    await it.run(['plan', alice]);
    await it.run(['status']);
    expect(readdirSync(it.folder)).toEqual([]);
    await it.run(contain(alice));
    expect(statSync(ledger()).mode & 0o777).toBe(0o700);
  });
});

describe('AWS that cannot be used', () => {
  const failing = (error: () => Error): void => {
    it.sandbox.intercept({ before: error });
  };

  test('credentials that are missing', async () => {
    failing(() =>
      Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' }),
    );
    await refused(contain(alice), 1, /There are no valid AWS credentials/);
    await refused(['plan', alice], 1, /There are no valid AWS credentials/);
  });

  test('credentials that have expired', async () => {
    failing(() => Object.assign(new Error('The security token included in the request is expired'), { name: 'ExpiredToken' }));
    await refused(contain(alice), 1, /There are no valid AWS credentials/);
  });

  test('an endpoint that refuses', async () => {
    failing(() => faults.connectionRefused());
    await refused(contain(alice), 1, /could not be reached/);
    expect((await it.run(['status', '--json'])).json.records).toEqual([]);
  });

  test('a role that cannot be assumed; its external id is shown nowhere', async () => {
    const env = { LOCKDOWN_EXTERNAL_ID: 'planted-secret-id' };
    const ran = await refused([...contain(alice), '--role-name', 'nobody', '--verbose'], 1, /cannot be assumed/, { env });
    expect(ran.out + ran.err).not.toContain('planted');
    const json = await it.run([...contain(alice), '--role-name', 'nobody', '--json', '--external-id', 'planted-secret-2'], {});
    expect(json.out + json.err).not.toContain('planted');
    expect(contentOf(join(it.folder, 'ledger')).join('')).not.toContain('planted');
  });

  test('an account that is not that of the credentials', async () => {
    await refused(contain('arn:aws:iam::444455556666:user/bob'), 2, /The entity is in account 444455556666/);
  });
});
