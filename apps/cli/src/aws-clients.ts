import { type CreateClient, callMs, lockdownRetryStrategy } from '@entity-lockdown/core';
import type { AwsClient, AwsClientClass } from '@entity-lockdown/plugin-api';
import type { Connection } from './settings/connection.ts';
import { version } from './settings/version.ts';

type Env = { readonly [name: string]: string | undefined };

/**
 * Makes real clients. Credentials come from where the AWS CLI takes them: variables, shared configuration, SSO, processes, containers
 * and instances (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html). AWS_ENDPOINT_URL and its like are
 * read by the SDK itself; an endpoint given here beats them.
 */
export async function awsClients(connection: Connection, region: string): Promise<CreateClient> {
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  const credentials = fromNodeProviderChain({
    ...(connection.profile !== undefined && { profile: connection.profile }),
    clientConfig: { region },
  });
  const retryStrategy = lockdownRetryStrategy();
  return <C extends AwsClient>(Client: AwsClientClass<C>, config: object): C => {
    const made = {
      credentials,
      retryStrategy,
      // One attempt ends before the lease that it was begun under: the ledger's protocol rests on it.
      requestHandler: { connectionTimeout: 3_000, requestTimeout: callMs, throwOnRequestTimeout: true },
      customUserAgent: [['entity-lockdown', version]],
      ...(connection.endpointUrl !== undefined && { endpoint: connection.endpointUrl }),
      ...config,
    };
    return new (Client as new (configuration: object) => C)(made);
  };
}

/** The Region for what has none of its own: as said, as the variables say, as the profile says, or `us-east-1`. */
export async function homeRegion(connection: Connection, env: Env): Promise<string> {
  const said = connection.region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined);
  if (said !== undefined) return said;
  const { STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient(connection.profile === undefined ? {} : { profile: connection.profile });
  try {
    return await client.config.region();
  } catch {
    return 'us-east-1';
  } finally {
    client.destroy();
  }
}
