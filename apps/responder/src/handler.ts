import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { S3Client } from '@aws-sdk/client-s3';
import { random, systemClock } from '@entity-lockdown/core';
import { s3Store } from '@entity-lockdown/core/s3-store';
import { awsClients } from './aws-clients.ts';
import { meter } from './meter.ts';
import { registry } from './registry.ts';
import { createResponder } from './responder.ts';
import { settingsFrom } from './settings.ts';

const settings = settingsFrom(process.env);
const createClient = awsClients();
const { bucket, prefix } = settings.ledger;
const clock = systemClock;
// Stand-ins for S3 rarely answer to the name of a bucket as a host name.
const isOther = [process.env.AWS_ENDPOINT_URL_S3, process.env.AWS_ENDPOINT_URL].some((url) => url !== undefined && url !== '');
const s3 = createClient(S3Client, { region: settings.region, ...(isOther && { forcePathStyle: true }) });

/** What Lambda calls. All that it is made of is made once for each process. */
export const handler: (event: unknown) => Promise<unknown> = createResponder({
  settings,
  createClient,
  clock,
  random,
  registry,
  store: s3Store({ client: s3, bucket, prefix, now: () => clock.now() }),
  log: new Logger(),
  meter: meter(new Metrics()),
});
