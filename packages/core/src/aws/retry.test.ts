import type { RetryErrorInfo, SdkError } from '@smithy/types';
import { expect, test } from 'vitest';
import { lockdownRetryStrategy } from './retry.ts';

const named = (name: string): SdkError => Object.assign(new Error(name), { name }) as SdkError;

const strategy = lockdownRetryStrategy(0);

/** What the SDK makes of an error's name. */
async function attemptsAfter(name: string, errorType: RetryErrorInfo['errorType']): Promise<number> {
  const error = named(name);
  let token = await strategy.acquireInitialRetryToken('');
  for (let attempts = 1; ; attempts++) {
    try {
      token = await strategy.refreshRetryTokenForRetry(token, { error, errorType });
    } catch {
      return attempts;
    }
  }
}

test.each(['LimitExceeded', 'LimitExceededException'])('%s is a quota: another attempt changes nothing', async (name) => {
  expect(await attemptsAfter(name, 'THROTTLING')).toBe(1);
});

test.each(['Throttling', 'ThrottlingException', 'TooManyRequestsException', 'RequestLimitExceeded'])(
  '%s is tried again, four times in all',
  async (name) => {
    expect(await attemptsAfter(name, 'THROTTLING')).toBe(4);
  },
);

test('what passes by itself is tried again, a refusal is not', async () => {
  expect(await attemptsAfter('ServiceFailure', 'TRANSIENT')).toBe(4);
  expect(await attemptsAfter('AccessDenied', 'CLIENT_ERROR')).toBe(1);
});

test('the error itself is thrown, so that a plugin can tell the quota', async () => {
  const error = named('LimitExceededException');
  const token = await strategy.acquireInitialRetryToken('');
  await expect(strategy.refreshRetryTokenForRetry(token, { error, errorType: 'THROTTLING' })).rejects.toBe(error);
});
