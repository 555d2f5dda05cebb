import { expect, test } from 'vitest';
import { failureOf } from './failure.ts';

const answered = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

test.each([500, 502, 503, 504])('an answer %d without a code of AWS passes by itself', (status) => {
  expect(failureOf(answered('Unknown', status)).transient).toBe(true);
});

test('a refusal does not pass by itself', () => {
  expect(failureOf(answered('ValidationError', 400)).transient).toBe(false);
  expect(failureOf(answered('AccessDenied', 403)).transient).toBe(false);
});

test('no answer at all passes by itself', () => {
  expect(failureOf(new Error('socket hang up')).transient).toBe(true);
});
