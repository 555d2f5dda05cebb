import { expect, test } from 'vitest';
import { hidden, hide, hiding, isSecret, tells } from './secret.ts';
import { secret } from './testing/publish.ts';

test('the current secret and the previous one, and nothing else', () => {
  expect(isSecret(secret.current, secret)).toBe(true);
  expect(isSecret(secret.previous, secret)).toBe(true);
  expect(isSecret(secret.previous, { current: secret.current })).toBe(false);
  for (const wrong of [
    '',
    ' ',
    `${secret.current} `,
    secret.current.slice(1),
    secret.current.toUpperCase(),
    undefined,
    null,
    1,
    [secret.current],
    {},
  ])
    expect(isSecret(wrong, secret)).toBe(false);
});

test("an empty secret is nobody's, although it was configured", () => {
  expect(isSecret('', { current: '', previous: '' })).toBe(false);
  expect(isSecret(undefined, { current: '' })).toBe(false);
});

test('what must not be told is taken out, the longest first, and so is a wrong one that was given', () => {
  const secrets = hiding({ current: 'abc', previous: 'abcd' }, ['wrong', 5, '']);
  expect(secrets).toEqual(['wrong', 'abcd', 'abc']);
  expect(hide('x abcd abc wrong', secrets)).toBe(`x ${hidden} ${hidden} ${hidden}`);
  expect(tells('xabcx', secrets)).toBe(true);
});

test('where the secret would come back by what stands for it, nothing is left', () => {
  expect(hide('x hidden y', ['hidden'])).toBe('');
});
