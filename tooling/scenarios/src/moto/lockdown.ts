import {
  type AwsCall,
  type CreateClient,
  callMs,
  createAwsAccess,
  createDispatcher,
  createLedger,
  type Dispatcher,
  drive,
  type Host,
  type Ledger,
  lockdownRetryStrategy,
  type ObjectStore,
  type Progress,
  type RecordEvent,
  random,
} from '@entity-lockdown/core';
import { folderStore } from '@entity-lockdown/core/folder-store';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { turnedClock } from './clock.ts';
import { ownOwner } from './owner.ts';
import { plugins } from './plugins.ts';
import type { Job, LedgerPlace, LockdownSettings } from './settings.ts';
import { type WriteWatch, watchedStore, watchWrites } from './watch-writes.ts';

/** Entity Lockdown over HTTP, as a process composes it: real clients, a real ledger, owners known by their process. */
export interface Lockdown {
  readonly dispatcher: Dispatcher;
  readonly ledger: Ledger;
  /** All that was said so far. */
  readonly events: readonly RecordEvent[];
  /** Every call that was begun, in its order; the SDK's retries are calls of their own. */
  readonly calls: readonly string[];
  /** How long it was told to wait, in milliseconds. */
  waited(): number;
  run(job: Job): Promise<Progress>;
}

/** @param arn the entity that it is for; without it, it knows all types */
export async function lockdown(
  settings: LockdownSettings,
  onWrite: WriteWatch = () => undefined,
  arn?: string,
): Promise<Lockdown> {
  const clock = turnedClock(settings.clockFile);
  const createClient = clientsTo(settings, onWrite);
  const store = await storeAt(settings, settings.ledger, () => clock.now());
  const ledger = createLedger(watchedStore(store, onWrite), random);
  const events: RecordEvent[] = [];
  const calls: string[] = [];
  const host: Host = {
    registry: await plugins(arn),
    ledger,
    access: createAwsAccess({
      createClient,
      clock,
      region: settings.region,
      sessionName: 'entity-lockdown-test',
      ...(settings.roleName !== undefined && { roleName: settings.roleName }),
      ...(settings.externalId !== undefined && { externalId: settings.externalId }),
    }),
    guardrails: { protected: [] },
    clock,
    owners: ownOwner(),
    observe: (event) => events.push(event),
    onCall: ({ action }: AwsCall) => calls.push(action),
  };
  const dispatcher = createDispatcher(host);
  let waited = 0;
  return {
    dispatcher,
    ledger,
    events,
    calls,
    waited: () => waited,
    async run(job) {
      const begun =
        job.do === 'contain'
          ? await dispatcher.contain({ by: 'responder', ...withoutDo(job) })
          : await dispatcher.release({ by: 'responder', ...withoutDo(job) });
      return await drive(dispatcher, begun, {
        clock,
        sleep: async (ms) => {
          waited += ms;
          await clock.pass(ms);
        },
        signal: new AbortController().signal,
      });
    },
  };
}

function withoutDo<J extends Job>({ do: _, ...rest }: J): Omit<J, 'do'> {
  return rest;
}

function clientsTo(settings: LockdownSettings, onWrite: WriteWatch): CreateClient {
  return (Client, config) => {
    const Made = Client as unknown as new (config: object) => InstanceType<typeof Client>;
    const client = new Made({ ...clientConfig(settings), ...config });
    watchWrites(client, onWrite);
    return client;
  };
}

function clientConfig({ endpoint, region, credentials, maxAttempts, attemptMs = callMs }: LockdownSettings): object {
  return {
    endpoint,
    region,
    credentials: credentials ?? { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: new NodeHttpHandler({ connectionTimeout: attemptMs, requestTimeout: attemptMs, throwOnRequestTimeout: true }),
    ...(maxAttempts === undefined ? { retryStrategy: lockdownRetryStrategy() } : { maxAttempts }),
  };
}

async function storeAt(settings: LockdownSettings, place: LedgerPlace, now: () => number): Promise<ObjectStore> {
  if ('folder' in place) return folderStore({ folder: place.folder, now });
  const [{ S3Client }, { s3Store }] = await Promise.all([import('@aws-sdk/client-s3'), import('@entity-lockdown/core/s3-store')]);
  const client = new S3Client({ ...clientConfig(settings), forcePathStyle: true });
  return s3Store({ client, bucket: place.bucket, prefix: place.prefix, now });
}
