import { SQSClient } from '@aws-sdk/client-sqs';
import type { CreateClient } from '@entity-lockdown/core';
import { shortAttempts } from './aws-clients.ts';

/**
 * The client of the queues. The first write waits for the continuation to be queued, or for that it cannot be: no longer than some seconds,
 * since it is done without then. What is queued twice does nothing the second time.
 */
export function queueClient(createClient: CreateClient, region: string): SQSClient {
  return createClient(SQSClient, { region, ...shortAttempts(2, 2_000) });
}
