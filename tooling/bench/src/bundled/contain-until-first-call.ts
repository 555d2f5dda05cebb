import { S3Client } from '@aws-sdk/client-s3';
import { createAwsAccess, createDispatcher, createLedger, lockdownRetryStrategy, systemClock } from '@entity-lockdown/core';
import { s3Store } from '@entity-lockdown/core/s3-store';
import type { AwsClient, AwsClientClass, Plugin } from '@entity-lockdown/plugin-api';

interface Request {
  readonly hostname: string;
}

/** Ends the process when it would call STS: from there on it is AWS that is waited for. No other call is answered. */
const requestHandler = {
  handle({ hostname }: Request): Promise<never> {
    if (hostname.startsWith('sts.')) process.exit(0);
    return new Promise(() => {});
  },
};

/**
 * Begins a containment as a host with an S3 ledger does that assumes a role, and ends with its first call to STS. The plugin, its
 * service clients and the ledger are loaded by then.
 */
export async function containUntilFirstCall(plugin: Plugin, arn: string): Promise<void> {
  const region = 'eu-west-1';
  const settings = {
    region,
    requestHandler,
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'none' },
    retryStrategy: lockdownRetryStrategy(),
  };
  const newClient = <C extends AwsClient>(Client: AwsClientClass<C>, config: object): C =>
    new (Client as unknown as new (given: object) => C)({ ...settings, ...config });
  const store = s3Store({ client: newClient(S3Client, {}), bucket: 'entity-lockdown-ledger' });
  const dispatcher = createDispatcher({
    registry: {
      plugins: [{ manifest: plugin.manifest, package: { name: 'plugin', version: '0.0.0' }, load: async () => plugin }],
    },
    ledger: createLedger(store, (length) => 'x'.repeat(length)),
    access: createAwsAccess({
      createClient: newClient,
      clock: systemClock,
      region,
      sessionName: 'entity-lockdown-bench',
      roleName: 'EntityLockdown',
    }),
    guardrails: { protected: [] },
    clock: systemClock,
    owners: { me: 'bench', isDead: () => false },
  });
  await dispatcher.contain({ arn, by: 'bench' });
}
