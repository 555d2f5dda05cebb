import { type CreateClient, clientAttempts } from '@entity-lockdown/core';
import type { AwsClient, AwsClientClass } from '@entity-lockdown/plugin-api';
import type { Environment } from './settings.ts';

/** Makes real clients, with the credentials of the function. */
export function awsClients(env: Environment): CreateClient {
  const attempts = clientAttempts();
  // Stand-ins for AWS rarely answer to the name of a bucket or of a Region's queues as a host name.
  const isOther = [env.AWS_ENDPOINT_URL, env.AWS_ENDPOINT_URL_S3, env.AWS_ENDPOINT_URL_SQS].some((url) => (url ?? '') !== '');
  return <C extends AwsClient>(Client: AwsClientClass<C>, config: object): C => {
    const made = {
      ...attempts,
      customUserAgent: [['entity-lockdown-responder']],
      ...(isOther && { forcePathStyle: true, useQueueUrlAsEndpoint: false }),
      ...config,
    };
    return new (Client as new (configuration: object) => C)(made);
  };
}

/**
 * For calls that nothing may wait for long: so many attempts, of so many milliseconds each. They take the place of those that all clients
 * have, whose strategy does not ask for their number.
 */
export function shortAttempts(maxAttempts: number, requestTimeout: number): object {
  const requestHandler = { connectionTimeout: 1_000, requestTimeout, throwOnRequestTimeout: true };
  return { maxAttempts, retryStrategy: undefined, requestHandler };
}
