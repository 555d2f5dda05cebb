import { StandardRetryStrategy } from '@smithy/core/retry';
import type { RetryErrorInfo, RetryStrategyV2, StandardRetryToken } from '@smithy/types';

/**
 * The SDK's standard retry strategy, which takes `LimitExceeded` for throttling. In IAM it is a quota that no waiting changes
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html), and the change's `else` must not wait for it.
 *
 * @param delay milliseconds before an attempt, where tests must not wait; the SDK's own exponential back-off otherwise
 */
export function lockdownRetryStrategy(delay?: number): RetryStrategyV2 {
  const standard = new StandardRetryStrategy({
    maxAttempts: 4,
    ...(delay !== undefined && { backoff: { computeNextBackoffDelay: () => delay, setDelayBase() {} } }),
  });
  return {
    acquireInitialRetryToken: (scope: string) => standard.acquireInitialRetryToken(scope),
    recordSuccess: (token: StandardRetryToken) => standard.recordSuccess(token),
    async refreshRetryTokenForRetry(token: StandardRetryToken, info: RetryErrorInfo) {
      if (/^LimitExceeded/.test((info.error as Error | undefined)?.name ?? '')) throw info.error;
      return standard.refreshRetryTokenForRetry(token, info);
    },
  } as RetryStrategyV2;
}
