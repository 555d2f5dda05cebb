import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { S3Client } from '@aws-sdk/client-s3';
import { random, systemClock } from '@entity-lockdown/core';
import { s3Store } from '@entity-lockdown/core/s3-store';
import { awsClients } from './aws-clients.ts';
import { logTo } from './log.ts';
import { meter } from './meter.ts';
import { registry } from './registry.ts';
import { createResponder } from './responder.ts';
import { settingsFrom } from './settings.ts';

const settings = settingsFrom(process.env);
const createClient = awsClients(process.env);
const { bucket, prefix } = settings.ledger;
const clock = systemClock;
const s3 = createClient(S3Client, { region: settings.region });

/** What Lambda calls. All that it is made of is made once for each process. */
export const handler: (event: unknown) => Promise<unknown> = createResponder({
  settings,
  createClient,
  clock,
  random,
  registry,
  store: s3Store({ client: s3, bucket, prefix, now: () => clock.now() }),
  log: logTo(new Logger()),
  meter: meter(new Metrics()),
});

// Every containment begins with it: it is loaded while the secret, which is read ahead as well, is on its way.
import('@aws-sdk/client-sts').catch(() => {});
