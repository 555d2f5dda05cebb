import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from './shell-word.ts';

test.each([
  'arn:aws:iam::111122223333:role/app',
  'arn:aws:iam::111122223333:role/$(touch$IFS)/`id`/app',
  'arn:aws:iam::111122223333:role/;\'"&|<>*?~!#/app',
  'INC 4711',
  '',
])('%s reaches a command as it is', (text) => {
  expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
});

test('what needs no quotes has none', () => {
  expect(shellWord('arn:aws:iam::111122223333:user/team/a+b@c')).toBe('arn:aws:iam::111122223333:user/team/a+b@c');
});
