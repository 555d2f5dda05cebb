import { SNSClient } from '@aws-sdk/client-sns';
import type { CreateClient } from '@entity-lockdown/core';
import { shortAttempts } from '../aws-clients.ts';

/**
 * The client that publishes mails. A mail is short and can wait: it must not use up the time of an invocation. It is tried once: what is
 * not taken is kept, and sent by the sweep, which says so where it may have been taken all the same.
 */
export function mailClient(createClient: CreateClient, region: string): SNSClient {
  return createClient(SNSClient, { region, ...shortAttempts(1, 3_000) });
}
