import { expect, test } from 'vitest';
import { s3Fault, statusOf, wasRefused } from './s3-fault.ts';

const answered = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error('as S3 says it'), { name, ...(httpStatusCode !== undefined && { $metadata: { httpStatusCode } }) });

test.each([
  [undefined, false],
  [200, false],
  [299, false],
  [300, true],
  [404, true],
  [412, true],
  [499, true],
  [500, false],
  [503, false],
])('an answer of %s leaves nothing open: %s', (status, refused) => {
  expect([statusOf(answered('X', status)), wasRefused(answered('X', status))]).toEqual([status, refused]);
});

test('what is no answer has no status', () => {
  for (const error of [undefined, 'x', { $metadata: {} }, { $metadata: { httpStatusCode: '404' } }])
    expect([statusOf(error), wasRefused(error)]).toEqual([undefined, false]);
});

test.each([
  ['AccessDenied', 403, 'no-permission'],
  ['SomethingOfABucketPolicy', 403, 'no-permission'],
  ['ExpiredToken', 400, 'no-permission'],
  ['CredentialsProviderError', undefined, 'no-permission'],
  ['RequestTimeTooSkewed', 403, 'unreachable'],
  ['NoSuchBucket', 404, 'unsuitable'],
  ['PermanentRedirect', 301, 'unsuitable'],
  ['NotImplemented', 501, 'unsuitable'],
  ['ConditionalRequestConflict', 409, 'unreachable'],
] as const)('%s (%s) is %s', (name, status, code) => {
  const error = answered(name, status);
  for (const unanswered of [true, false])
    expect(s3Fault(error, 's3://b/p', 'b', unanswered)).toMatchObject({
      code,
      cause: error,
      unanswered,
      message: expect.stringMatching(/^the ledger in s3:\/\/b\/p /),
      next: expect.stringMatching(/^(?!.*BUCKET\b(?!\/PREFIX)).+\.$/),
    });
});

test('what is not known is told by its status: no answer, or a refusal', () => {
  for (const error of [answered('Odd'), answered('Odd', 500)])
    expect(s3Fault(error, 's3://b', 'b', true).message).toBe('the ledger in s3://b gave no answer (Odd)');
  expect(s3Fault(answered('Odd', 499), 's3://b', 'b', false).message).toBe('the ledger in s3://b refused the request (Odd)');
  expect(s3Fault({}, 's3://b', 'b', false).message).toBe('the ledger in s3://b gave no answer (no error code)');
});
