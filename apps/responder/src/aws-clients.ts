import { type CreateClient, callMs, lockdownRetryStrategy } from '@entity-lockdown/core';
import type { AwsClient, AwsClientClass } from '@entity-lockdown/plugin-api';

/** Makes real clients, with the credentials of the function. */
export function awsClients(): CreateClient {
  const retryStrategy = lockdownRetryStrategy();
  return <C extends AwsClient>(Client: AwsClientClass<C>, config: object): C => {
    const made = {
      retryStrategy,
      // One attempt ends before the lease that it was begun under: the ledger's protocol rests on it.
      requestHandler: { connectionTimeout: 3_000, requestTimeout: callMs, throwOnRequestTimeout: true },
      customUserAgent: [['entity-lockdown-responder']],
      ...config,
    };
    return new (Client as new (configuration: object) => C)(made);
  };
}
