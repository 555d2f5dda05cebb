// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of policies
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fits, fitsArn, fitsResource } from './pattern.ts';

const context = new Map([
  ['aws:username', ['alice']],
  ['aws:principaltag/team', ['a*']],
  ['aws:two', ['x', 'y']],
]);

test.each([
  ['iam:*', 'iam:getuser', true],
  ['iam:get*', 'iam:getuser', true],
  ['iam:get?ser', 'iam:getuser', true],
  ['iam:get?', 'iam:getuser', false],
  ['*user', 'iam:getuser', true],
  ['*get*user*', 'iam:getuser', true],
  ['iam:getuser', 'iam:getuserpolicy', false],
  ['a.c', 'abc', false],
])('%s and %s: %s', (pattern, text, expected) => {
  expect(fits(pattern, text, undefined)).toBe(expected);
});

test.each([
  ['home/${aws:username}/*', 'home/alice/x', true],
  ['home/${AWS:UserName}', 'home/alice', true],
  ['home/${aws:missing}', 'home/', false],
  ["home/${aws:missing, 'guest'}", 'home/guest', true],
  ['${aws:PrincipalTag/team}', 'a*', true],
  ['${aws:PrincipalTag/team}', 'ab', false],
  ['${aws:two}', 'x', false],
  ['a${*}b', 'a*b', true],
  ['a${*}b', 'axb', false],
  ['${$}{x}', '${x}', true],
])('the variable in %s and %s: %s', (pattern, text, expected) => {
  expect(fits(pattern, text, context)).toBe(expected);
});

test('without variables a dollar is a dollar', () => {
  expect(fits('${aws:username}', 'alice', undefined)).toBe(false);
});

test.each([
  ['arn:aws:iam::*:role/app', 'arn:aws:iam::111122223333:role/app', true],
  ['arn:aws:iam::*:role/app', 'arn:aws:iam::1:user/x:role/app', false],
  ['arn:*:role/app', 'arn:aws:iam::111122223333:role/app', false],
  ['arn:aws:s3:::bucket/*', 'arn:aws:s3:::bucket/a:b/c', true],
  ['*', '*', true],
  ['arn:aws:iam::111122223333:role/*', '*', false],
])('the ARN %s and %s: %s', (pattern, arn, expected) => {
  expect(fitsArn(pattern, arn, undefined)).toBe(expected);
});

test.each([
  ['arn:aws:iam::*', 'arn:aws:iam::111122223333:role/app', true],
  ['arn:aws:s3*', 'arn:aws:s3:::bucket/a:b', true],
  ['arn:*', 'arn:aws:iam::111122223333:role/app', true],
  ['arn:aws:iam::*', 'arn:aws:s3:::bucket', false],
  ['arn:aws:iam::111122223333', 'arn:aws:iam::111122223333:role/app', false],
  ['arn:aws:iam::*', '*', false],
  ['*', '*', true],
])('the resource %s and %s: %s', (pattern, arn, expected) => {
  expect(fitsResource(pattern, arn, undefined)).toBe(expected);
  // A condition has no such: there, each of six parts is looked at.
  expect(fitsArn(pattern, arn, undefined)).toBe(expected && pattern === '*');
});

test('no pattern takes long', () => {
  const started = performance.now();
  expect(fits('*a'.repeat(200), `${'a'.repeat(5_000)}b`, undefined)).toBe(false);
  expect(performance.now() - started).toBeLessThan(500);
});

test('wildcards are what the regular expression says', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', ':', '*', '?', '/'), maxLength: 8 });
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/'), maxLength: 12 });
  fc.assert(
    fc.property(letters, texts, (pattern, text) => {
      const expression = pattern.replaceAll('*', '.*').replaceAll('?', '.');
      return fits(pattern, text, undefined) === new RegExp(`^${expression}$`).test(text);
    }),
    { seed: 1, numRuns: 5_000 },
  );
});
