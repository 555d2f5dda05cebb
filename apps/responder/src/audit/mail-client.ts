import { SNSClient } from '@aws-sdk/client-sns';
import type { CreateClient } from '@entity-lockdown/core';

/**
 * The client that publishes mails. A mail is short and can wait: it must not use up the time of an invocation. It is tried once: what is
 * not taken is kept, and sent by the sweep, which says so where it may have been taken all the same.
 */
export function mailClient(createClient: CreateClient, region: string): SNSClient {
  return createClient(SNSClient, {
    region,
    maxAttempts: 1,
    // In place of the one that all clients have, which does not ask for the number of attempts.
    retryStrategy: undefined,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
}
