import type { RetryStrategyV2 } from '@smithy/types';
import { callMs } from '../ledger/lease.ts';
import { lockdownRetryStrategy } from './retry.ts';

/** How every client of a host makes its attempts: spread it into the configuration. */
export interface ClientAttempts {
  readonly retryStrategy: RetryStrategyV2;
  readonly requestHandler: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly throwOnRequestTimeout: true;
  };
}

/** One attempt ends before the lease that it was begun under: the ledger's protocol rests on it. */
export function clientAttempts(): ClientAttempts {
  return {
    retryStrategy: lockdownRetryStrategy(),
    requestHandler: { connectionTimeout: 3_000, requestTimeout: callMs, throwOnRequestTimeout: true },
  };
}
