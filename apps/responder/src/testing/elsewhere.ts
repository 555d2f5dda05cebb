import { S3Client } from '@aws-sdk/client-s3';
import { s3Store } from '@entity-lockdown/core/s3-store';
import { createTestHost, type TestHost } from '@entity-lockdown/plugin-testkit';
import { registry } from '../registry.ts';
import { home, region } from './deployment.ts';
import { account } from './scene.ts';
import type { Simulation } from './simulation.ts';

/** Somebody at a command line, with the same ledger, who may do everything in the account. */
export function elsewhere({ sandbox, settings, time }: Simulation): TestHost {
  const client = sandbox.directClient(S3Client, { region, credentials: sandbox.credentials(`admin:${home}`) });
  const { bucket, prefix } = settings.ledger;
  return createTestHost({
    sandbox,
    clock: { now: () => time.now(), turn: (ms) => time.turnTo(time.now() + ms) },
    registry,
    as: `admin:${account}`,
    direct: true,
    store: s3Store({ client, bucket, prefix, now: () => time.now() }),
  });
}
