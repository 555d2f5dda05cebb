import { SQSClient } from '@aws-sdk/client-sqs';
import type { CreateClient } from '@entity-lockdown/core';

/**
 * The client of the queues. The first write waits for the continuation to be queued, or for that it cannot be: no longer than some seconds,
 * since it is done without then. What is queued twice does nothing the second time.
 */
export function queueClient(createClient: CreateClient, region: string): SQSClient {
  return createClient(SQSClient, {
    region,
    maxAttempts: 2,
    // In place of that of all other clients, which does not ask for the number of attempts.
    retryStrategy: undefined,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  });
}
