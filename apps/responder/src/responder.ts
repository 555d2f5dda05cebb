import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  type Clock,
  type CreateClient,
  createLedger,
  type ObjectStore,
  type RecordEvent,
  type Registry,
} from '@entity-lockdown/core';
import { partitionOfRegion } from '@entity-lockdown/plugin-api';
import type { Writing } from './audit/about-record.ts';
import { commandsFor } from './audit/commands.ts';
import { mailClient } from './audit/mail-client.ts';
import { notices as createNotices } from './audit/notices.ts';
import { type Containing, containing as createContaining } from './containing.ts';
import { continuationQueue } from './continuations.ts';
import { tellOfDeadLetters } from './dead-letters.ts';
import { engine } from './engine.ts';
import type { Log } from './log.ts';
import type { Meter } from './meter.ts';
import { handleBatch, type QueueRecord } from './queue-batch.ts';
import { queueClient } from './queue-client.ts';
import { requests as createRequests } from './requests.ts';
import { secretReader } from './secrets.ts';
import type { Settings } from './settings.ts';
import { sweep } from './sweep.ts';
import { isSweep } from './sweep-event.ts';
import { watchedRecords } from './watched.ts';

/** All that the responder does not make itself. */
export interface ResponderParts {
  readonly settings: Settings;
  readonly createClient: CreateClient;
  readonly clock: Clock;
  readonly random: (length: number) => string;
  readonly registry: Registry;
  /** Of the ledger, the mails and what is watched. */
  readonly store: ObjectStore;
  readonly log: Log;
  readonly meter: Meter;
}

/** Handles what Lambda brings: messages of SNS, continuations of SQS, the time for a sweep. */
export function createResponder(parts: ResponderParts): (event: unknown) => Promise<unknown> {
  const { settings, createClient, clock, random, registry, store, log, meter } = parts;
  const { region } = settings;
  const sqs = queueClient(createClient, region);
  const sns = mailClient(createClient, region);
  const secrets = secretReader(createClient(SecretsManagerClient, { region }), settings.secret, clock);
  const ledger = createLedger(store, random);
  // Beside the start of the process, and each sweep: a message waits for both. Where it fails, it is asked for again then.
  const readAhead = () => Promise.all([secrets.readAhead(), ledger.mark().catch(() => {})]);
  const beginning = readAhead();
  const writing: Writing = {
    commands: commandsFor(settings),
    titleOf: (type) => registry.plugins.find(({ manifest }) => manifest.id === type)?.manifest.title ?? type,
  };
  const notices = createNotices({ client: sns, topic: settings.auditTopic, store, clock, random, log, meter });
  const watched = watchedRecords(store, clock, random);
  const continuations = continuationQueue(sqs, settings.continuations);
  const dispatcher = engine({
    settings,
    createClient,
    clock,
    ledger,
    registry,
    secrets,
    observe: (event: RecordEvent, record) => containing.observe(event, record),
    me: `responder-${random(16)}`,
  });
  const containing: Containing = createContaining({
    registry,
    dispatcher,
    ledger,
    accounts: settings.accounts,
    partition: partitionOfRegion(region),
    continuations,
    notices,
    watched,
    writing,
    clock,
    log,
    meter,
  });
  const requests = createRequests({ settings, secrets, containing, dispatcher, notices, writing, clock, log, meter });
  const queues = { continuations: settings.deadContinuations, requests: settings.deadRequests };
  const deadLetters = () => tellOfDeadLetters({ client: sqs, queues, ledger, requests, notices, writing, log, meter });

  async function handle(event: unknown): Promise<unknown> {
    if (isSweep(event)) {
      const swept = { ledger, watched, continuations, containing, notices, tellOfDeadLetters: deadLetters, clock, log, meter };
      await Promise.all([sweep(swept), readAhead()]);
      return undefined;
    }
    const records = queueRecords(event);
    if (records !== undefined) return await handleBatch(records, containing, continuations, log);
    if ((await requests.handle(event)) === 'done') return undefined;
    // Lambda runs it twice more, then keeps it as a dead request.
    throw new Error('Not all of the event could be handled, nor kept for later.');
  }

  return async (event) => {
    try {
      return await handle(event);
    } finally {
      await Promise.all([containing.quiet(), beginning]);
    }
  };
}

function queueRecords(event: unknown): readonly QueueRecord[] | undefined {
  const { Records: records } = (event ?? {}) as { readonly Records?: unknown };
  const isQueue = Array.isArray(records) && records.length > 0 && records.every((record) => record?.eventSource === 'aws:sqs');
  return isQueue ? (records as readonly QueueRecord[]) : undefined;
}
