import { afterEach, beforeEach, expect, test } from 'vitest';
import { alice, app, type Cli, cli } from './testing/cli.ts';

let it: Cli;
beforeEach(() => {
  it = cli();
});
afterEach(() => it.remove());

test('contain shows the plan, asks once for all, and does what was agreed to', async () => {
  const ran = await it.run(['contain', alice, app], { answer: true });
  expect(it.questions).toEqual(['Contain these 2 entities?']);
  expect(ran.err).toContain('What this does not stop:');
  expect(ran.err.indexOf('do    Deny')).toBeLessThan(ran.err.indexOf('Contained:'));
  expect(ran.code).toBe(0);
});

test.each([
  ['no', false, 3],
  ['broken off', 'break off', 130],
] as const)('%s: nothing is touched', async (_, answer, code) => {
  const before = it.sandbox.dump();
  const ran = await it.run(['contain', alice], { answer });
  expect(it.questions).toEqual([`Contain ${alice}?`]);
  expect(ran.code).toBe(code);
  expect(ran.out).toContain('DECLINED');
  expect(it.sandbox.dump()).toEqual(before);
  expect((await it.run(['status', '--json'])).json.records).toEqual([]);
});

test('what is refused is not asked about', async () => {
  const { code, out } = await it.run(['contain', `arn:aws:iam::111122223333:user/nobody`], { answer: true });
  expect(it.questions).toEqual([]);
  expect(code).toBe(2);
  expect(out).toContain('INVALID');
});

test('of several, those that can be contained are asked about, and each is answered once', async () => {
  const nobody = 'arn:aws:iam::111122223333:user/nobody';
  const { code, json } = await it.run(['contain', nobody, alice, '--json'], { answer: true });
  expect(it.questions).toEqual([`Contain ${alice}?`]);
  expect(json.entities.map(({ arn, outcome }: { arn: string; outcome: string }) => [arn, outcome])).toEqual([
    [alice, 'contained'],
    [nobody, 'invalid'],
  ]);
  expect(code).toBe(1);
});

test('a release says what becomes active again before it asks', async () => {
  await it.run(['contain', alice, '--yes']);
  const before = it.sandbox.dump();
  const ran = await it.run(['release', alice], { answer: false });
  expect(it.questions).toEqual([`Release ${alice}?`]);
  expect(ran.err.replaceAll(/\s+/g, ' ')).toContain('A credential becomes active again: AKIA');
  expect(ran.code).toBe(3);
  expect(it.sandbox.dump()).toEqual(before);
});

test('--quiet says nothing but the result; --verbose says every call', async () => {
  expect((await it.run(['contain', alice, '--yes', '--quiet'])).err).toBe('');
  expect((await it.run(['contain', app, '--yes', '--verbose'])).err).toContain('iam:PutRolePolicy in 111122223333');
});

test('colours follow NO_COLOR, FORCE_COLOR and the terminal', async () => {
  const coloured = async (how: object) => (await it.run(['plan', alice], how)).out.includes('\u001b[');
  expect(await coloured({})).toBe(false);
  expect(await coloured({ terminal: true })).toBe(true);
  expect(await coloured({ terminal: true, env: { NO_COLOR: '1' } })).toBe(false);
  expect(await coloured({ terminal: true, env: { TERM: 'dumb' } })).toBe(false);
  expect(await coloured({ env: { FORCE_COLOR: '1' } })).toBe(true);
  expect(await coloured({ env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).toBe(false);
});
