import { type CreateClient, clientAttempts } from '@entity-lockdown/core';
import type { AwsClient, AwsClientClass } from '@entity-lockdown/plugin-api';
import type { Env, Io } from './io.ts';
import type { Connection } from './settings/connection.ts';
import { version } from './settings/version.ts';
import { usageError } from './usage-error.ts';

/**
 * Makes real clients. Credentials come from where the AWS CLI takes them: variables, shared configuration, SSO, processes, containers
 * and instances (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html). AWS_ENDPOINT_URL and its like are
 * read by the SDK itself; an endpoint given here beats them.
 */
export async function awsClients(connection: Connection, region: string, io: Io): Promise<CreateClient> {
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  const credentials = fromNodeProviderChain({
    ...(connection.profile !== undefined && { profile: connection.profile }),
    clientConfig: { region },
    mfaCodeProvider: (device) => mfaCode(device, io),
  });
  const attempts = clientAttempts();
  return <C extends AwsClient>(Client: AwsClientClass<C>, config: object): C => {
    const made = {
      credentials,
      ...attempts,
      customUserAgent: [['entity-lockdown', version]],
      ...(connection.endpointUrl !== undefined && { endpoint: connection.endpointUrl }),
      ...config,
    };
    return new (Client as new (configuration: object) => C)(made);
  };
}

/** The code of a device that a profile's `mfa_serial` names. https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html#cli-configure-role-mfa */
async function mfaCode(device: string, io: Io): Promise<string> {
  if (!io.canAsk)
    throw usageError(
      `The profile asks for a code of the MFA device ${device}, and there is no terminal to ask at.`,
      'Run it at a terminal, or give it credentials of a session that was begun with the code.',
    );
  const code = await io.code(`Code of the MFA device ${device}`);
  if (code === undefined) throw usageError('No code was given.', 'Run the command again.');
  return code;
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
