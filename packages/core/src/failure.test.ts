import { describe, expect, test } from 'vitest';
import { guardedClient } from './aws/guarded-client.ts';
import { DeadlineExceeded, failureOf, invalid, LockdownError, refused } from './failure.ts';
import { StoreConflict, StoreDeadline, StoreFault } from './store/object-store.ts';
import { ToyClient, ToyCommand, toyCloud } from './testing/toy-cloud.ts';

const answered = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

/** The error as it comes out of a client of ours. */
async function thrownBy(error: Error): Promise<unknown> {
  const cloud = toyCloud();
  cloud.before = () => {
    throw error;
  };
  const client = guardedClient(new ToyClient(cloud), 'toy', { before() {}, unanswered() {} });
  return await client.send(new ToyCommand({ name: 'SetPower', on: 'x' })).catch((thrown: unknown) => thrown);
}

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

test.each([
  'ResourceConflictException',
  'ConcurrentModificationException',
  'EntityTemporarilyUnmodifiable',
  'ThrottlingException',
])('%s passes by itself', (code) => {
  expect(failureOf(answered(code, 409)).transient).toBe(true);
});

describe('a call that AWS denied', () => {
  test.each(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'AuthorizationErrorException'])(
    '%s names the action, the resource and what to grant',
    async (code) => {
      const failure = failureOf(await thrownBy(answered(code, 403)), 'arn:x');
      expect(failure).toMatchObject({ code: 'access-denied', action: 'toy:SetPower', on: 'arn:x', transient: false });
      expect(failure.message).toMatch(/^AWS denied toy:SetPower on arn:x: /);
      expect(failure.next).toMatch(/Grant toy:SetPower .*lockdown permissions/);
    },
  );

  test('that was none of ours is denied all the same', () => {
    expect(failureOf(answered('AccessDenied', 403))).toMatchObject({
      code: 'access-denied',
      next: expect.stringContaining('Grant the action'),
    });
  });
});

test.each([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'CredentialsProviderError',
])('%s: sign in again', async (code) => {
  const failure = failureOf(await thrownBy(answered(code, 403)));
  expect(failure).toMatchObject({ code: 'no-credentials', action: 'toy:SetPower', transient: false });
  expect(failure.next).toMatch(/Sign in again/);
});

test('an endpoint that cannot be reached is named as that, with the call', async () => {
  const refusing = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  const failure = failureOf(await thrownBy(refusing));
  expect(failure).toMatchObject({ code: 'unreachable', action: 'toy:SetPower' });
  expect(failure.message).toBe('toy:SetPower: the endpoint could not be reached: ECONNREFUSED');
  expect(failure.next).toMatch(/AWS_ENDPOINT_URL/);
});

test('any other answer has AWS’s code and words, and says that what is done stays done', async () => {
  const failure = failureOf(await thrownBy(answered('MalformedPolicyDocumentException', 400)));
  expect(failure).toMatchObject({ code: 'MalformedPolicyDocument', action: 'toy:SetPower', transient: false });
  expect(failure.message).toBe('toy:SetPower: MalformedPolicyDocumentException');
  expect(failure.next).toMatch(/what is done stays done/);
});

test('what is a failure already keeps its words', () => {
  expect(failureOf(invalid('a', 'b', 'c'))).toEqual({ code: 'a', message: 'b', next: 'c', transient: false });
  expect(refused('a', 'b', 'c')).toMatchObject({ kind: 'refused', message: 'b' });
  expect(new LockdownError('failed', { code: 'a', message: 'b', next: 'c', transient: true })).toBeInstanceOf(Error);
});

test('faults of the ledger say what to do', () => {
  expect(failureOf(new StoreFault('damaged', 'it is damaged', 'put it back'))).toMatchObject({
    code: 'damaged',
    message: 'it is damaged',
    next: 'put it back',
  });
  expect(failureOf(new StoreConflict('open/x', 'memory:'))).toMatchObject({ code: 'ledger-conflict', transient: true });
  expect(failureOf(new StoreDeadline('open/x', 'memory:'))).toMatchObject({ code: 'deadline', transient: true });
  expect(failureOf(new DeadlineExceeded('toy:SetPower'))).toMatchObject({ code: 'deadline', transient: true });
});

test('whatever was thrown becomes a failure', () => {
  for (const thrown of ['text', undefined, null, 7, {}])
    expect(failureOf(thrown)).toMatchObject({ code: expect.any(String), next: expect.any(String) });
});
