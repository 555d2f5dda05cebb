import { S3Client } from '@aws-sdk/client-s3';
import { type CreateClient, commandName, createLedger, type Ledger } from '@entity-lockdown/core';
import { s3Store } from '@entity-lockdown/core/s3-store';
import { seededRandom } from '@entity-lockdown/plugin-testkit';
import type { CallInFlight } from '@entity-lockdown/sandbox';
import type { Log } from '../log.ts';
import type { Meter } from '../meter.ts';
import { registry } from '../registry.ts';
import { createResponder } from '../responder.ts';
import {
  type Deployment,
  type DeploymentOptions,
  deploy,
  functionRole,
  home,
  region,
  requestExternalId,
  requestTopic,
} from './deployment.ts';
import { type VirtualTime, virtualTime } from './virtual-time.ts';

/** What an invocation meets. */
export type Fate =
  /** Its process ends after so many of its calls. */
  | { readonly diesAfter: number }
  /** So many of its calls are answered; no other ever is. */
  | { readonly hangsAfter: number };

export interface SimulationOptions extends Partial<Omit<DeploymentOptions, 'now'>> {
  /** By the number of the invocation, from 1. */
  readonly fate?: (invocation: number) => Fate | undefined;
  /** An error in place of a call, or nothing. */
  readonly fault?: (call: CallInFlight & { readonly now: number }) => Error | undefined;
  /** Messages that the queue loses. */
  readonly loses?: (body: string) => boolean;
  /** How often the queue delivers each message. */
  readonly deliveries?: number;
  /** How long a call takes; 50 ms where it is left out. */
  readonly callMs?: (operation: string) => number;
  readonly withoutSweep?: boolean;
}

export interface Invocation {
  readonly kind: 'message' | 'continuation' | 'sweep';
  readonly startedAt: number;
  endedAt?: number;
  readonly calls: string[];
  /** Calls that had no answer when the function had answered: they end nobody knows when. */
  leftBehind?: number;
  ended?: 'ok' | 'error' | 'died' | 'timed-out';
}

export interface Simulation extends Deployment {
  readonly time: VirtualTime;
  readonly invocations: readonly Invocation[];
  readonly counted: Map<string, number>;
  readonly times: Map<string, number[]>;
  /** All that was logged, as JSON. */
  readonly logged: readonly string[];
  readonly ledger: Ledger;
  /** Publishes on the request topic: with the secret, unless attributes are given. */
  publish(message: Published): void;
  /** Delivers a message that was published before once more. */
  deliver(event: object): void;
  eventOf(message: Published): object;
  /** Has the event of a schedule, or any other, delivered at once. */
  invoke(event: object, kind?: Invocation['kind']): Promise<unknown>;
  /** Lets so many milliseconds pass. */
  run(ms: number): Promise<void>;
  objects(folder: string): readonly string[];
}

export interface Published {
  readonly body?: string;
  readonly subject?: string;
  readonly attributes?: { readonly [name: string]: string };
  readonly topic?: string;
  readonly id?: string;
}

const timeOutMs = 60_000;
/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const retriesAfterMs = [60_000, 120_000];

interface Process {
  handle: (event: unknown) => Promise<unknown>;
  /** Its current invocation, if any. */
  now: Invocation | undefined;
  fate: Fate | undefined;
  isDead: boolean;
  /** Calls that have no answer yet. */
  underWay: number;
  die: () => void;
  /** Between two invocations nothing of it goes on: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
  frozen: Promise<void> | undefined;
  thaw: () => void;
}

/** Lambda, SNS, SQS and a schedule around the responder: all that AWS does between its parts, in virtual time. */
export function simulation(options: SimulationOptions = {}): Simulation {
  const time = virtualTime();
  const { accounts = ['111122223333'], callMs = () => 50, deliveries = 1 } = options;
  const deployment = deploy({ ...options, accounts, now: () => time.now() });
  const { sandbox, queues, continuations, deadRequests, settings } = deployment;
  sandbox.intercept({ before: (call) => options.fault?.({ ...call, now: time.now() }) });
  const invocations: Invocation[] = [];
  const counted = new Map<string, number>();
  const times = new Map<string, number[]>();
  const logged: string[] = [];
  const idle: Process[] = [];
  let processes = 0;
  let published = 0;

  const write =
    (level: string) =>
    (...entry: readonly unknown[]): void => {
      logged.push(JSON.stringify([level, ...entry]));
    };
  const log: Log = { info: write('info'), warn: write('warn'), error: write('error') };
  const count = (name: string, more = 1): void => {
    counted.set(name, (counted.get(name) ?? 0) + more);
  };
  const meter: Meter = {
    outcome: (word, type) => count(`${word} ${type}`),
    time: (what, ms, type) => times.set(`${what} ${type}`, [...(times.get(`${what} ${type}`) ?? []), ms]),
    count,
  };

  function newProcess(): Process {
    processes += 1;
    const random = seededRandom(processes);
    const credentials = sandbox.credentials(functionRole, { sessionName: 'responder', seconds: 43_200 });
    const createClient: CreateClient = (Client, config) =>
      slow(sandbox.directClient(Client, { credentials, maxAttempts: 1, ...config }), () => process);
    const { bucket, prefix } = settings.ledger;
    const client = createClient(S3Client, { region });
    const clock = { now: () => time.now() };
    const process: Process = {
      now: undefined,
      fate: undefined,
      isDead: false,
      underWay: 0,
      die: () => {},
      frozen: undefined,
      thaw: () => {},
      handle: async () => {},
    };
    process.handle = createResponder({
      settings,
      createClient,
      clock,
      random,
      registry,
      store: s3Store({ client, bucket, prefix, now: clock.now, sleep: (ms) => time.pass(ms) }),
      log,
      meter,
    });
    return process;
  }

  /** The same client: each call takes its time, and belongs to an invocation that may die or hang. */
  function slow<C extends object>(client: C, processOf: () => Process): C {
    const inner = client as C & {
      send(command: object, ...rest: unknown[]): Promise<unknown>;
      config: { defaultSigningName?: string };
    };
    return Object.create(client, {
      send: {
        value: async (command: object, ...rest: unknown[]) => {
          const process = processOf();
          const operation = commandName(command);
          const service = inner.config.defaultSigningName ?? '';
          await mayCall(process, `${service}:${operation}`);
          process.underWay += 1;
          await time.pass(callMs(operation));
          const answer = inner.send(command, ...rest);
          await answer.catch(() => {});
          process.underWay -= 1;
          await process.frozen;
          return process.isDead ? await never() : await answer;
        },
      },
    }) as C;
  }

  async function mayCall(process: Process, call: string): Promise<void> {
    await process.frozen;
    if (process.isDead) return await never();
    const { fate, now } = process;
    const made = now?.calls.length ?? 0;
    if (fate !== undefined && 'diesAfter' in fate && made >= fate.diesAfter) {
      process.isDead = true;
      process.die();
      return await never();
    }
    if (fate !== undefined && 'hangsAfter' in fate && made >= fate.hangsAfter) return await never();
    now?.calls.push(call);
  }

  /** One invocation: what the function answered, or how it failed. */
  async function invokeOnce(
    event: object,
    kind: Invocation['kind'],
  ): Promise<{ readonly answer?: unknown; readonly error?: string }> {
    const process = idle.pop() ?? newProcess();
    const invocation: Invocation = { kind, startedAt: time.now(), calls: [] };
    invocations.push(invocation);
    process.now = invocation;
    process.thaw();
    process.frozen = undefined;
    process.fate = options.fate?.(invocations.length);
    type End = { readonly how: 'ok' | 'error' | 'died' | 'timed-out'; readonly value?: unknown };
    const died = new Promise<End>((resolve) => {
      process.die = () => resolve({ how: 'died' });
    });
    const end = await Promise.race<End>([
      process.handle(structuredClone(event)).then(
        (value) => ({ how: 'ok', value }),
        (error: unknown) => ({ how: 'error', value: (error as Error).message }),
      ),
      died,
      time.pass(timeOutMs).then(() => ({ how: 'timed-out' })),
    ]);
    invocation.endedAt = time.now();
    invocation.ended = end.how;
    invocation.leftBehind = end.how === 'ok' || end.how === 'error' ? process.underWay : 0;
    if (end.how === 'ok' || end.how === 'error') idle.push(process);
    else process.isDead = true;
    process.frozen = new Promise((resolve) => {
      process.thaw = resolve;
    });
    if (end.how === 'ok') return { answer: end.value };
    return { error: end.how === 'error' ? String(end.value) : end.how };
  }

  /** As SNS has it: twice more, then kept as a dead request. */
  async function invokeAsync(event: object): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const { error } = await invokeOnce(event, 'message');
      if (error === undefined) return;
      const wait = retriesAfterMs[attempt];
      if (wait !== undefined) {
        await time.pass(wait);
        continue;
      }
      const isAnswer = error !== 'died' && error !== 'timed-out';
      const record = {
        version: '1.0',
        timestamp: new Date(time.now()).toISOString(),
        requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: attempt + 1 },
        requestPayload: event,
        responsePayload: isAnswer ? { errorType: 'Error', errorMessage: error } : null,
      };
      queues.put(deadRequests, JSON.stringify(record), time.now());
      return;
    }
  }

  async function poll(): Promise<boolean> {
    for (const message of continuations.messages.filter(({ body, received }) => received === 0 && options.loses?.(body) === true))
      queues.delete(continuations, message);
    const batch = queues.receive(continuations, time.now(), 10);
    if (batch.length === 0) return false;
    const event = {
      Records: batch.map(({ id, body, receipt, received }) => ({
        messageId: id,
        body,
        receiptHandle: receipt,
        eventSource: 'aws:sqs',
        attributes: { ApproximateReceiveCount: String(received) },
      })),
    };
    const run = async (): Promise<void> => {
      const { answer, error } = await invokeOnce(event, 'continuation');
      const { batchItemFailures = [] } = (answer ?? {}) as { batchItemFailures?: readonly { itemIdentifier: string }[] };
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      if (error === undefined) for (const message of batch) if (!failed.has(message.id)) queues.delete(continuations, message);
    };
    for (let delivery = 0; delivery < deliveries; delivery += 1) void run();
    return true;
  }

  /** Code that is loaded in the middle of a run takes real time, of which virtual time knows nothing. */
  const loaded = Promise.all([import('@aws-sdk/client-sts'), ...registry.plugins.map(({ load }) => load())]);
  let nextSweep = time.now() + 60_000;

  async function run(ms: number): Promise<void> {
    await loaded;
    const until = time.now() + ms;
    for (;;) {
      await time.quiet();
      if (await poll()) continue;
      if (time.now() >= nextSweep && options.withoutSweep !== true) {
        nextSweep = time.now() + 60_000;
        void invokeOnce({ source: 'entity-lockdown', 'detail-type': 'Sweep' }, 'sweep');
        continue;
      }
      const visible = continuations.messages.reduce(
        (least, { visibleAt }) => Math.min(least, visibleAt),
        Number.POSITIVE_INFINITY,
      );
      const sweepAt = options.withoutSweep === true ? Number.POSITIVE_INFINITY : nextSweep;
      const at = Math.min(time.next(), visible, sweepAt);
      if (at > until) break;
      time.turnTo(at);
    }
    time.turnTo(until);
    await time.quiet();
  }

  function eventOf({
    body = '',
    subject,
    attributes = { ExternalId: requestExternalId },
    topic = requestTopic,
    id,
  }: Published): object {
    published += 1;
    return {
      Records: [
        {
          EventSource: 'aws:sns',
          EventVersion: '1.0',
          EventSubscriptionArn: `${topic}:1`,
          Sns: {
            Type: 'Notification',
            MessageId: id ?? `00000000-0000-0000-0000-${String(published).padStart(12, '0')}`,
            TopicArn: topic,
            Subject: subject ?? null,
            Message: body,
            Timestamp: new Date(time.now()).toISOString(),
            MessageAttributes: Object.fromEntries(
              Object.entries(attributes).map(([name, Value]) => [name, { Type: 'String', Value }]),
            ),
          },
        },
      ],
    };
  }

  const reading = sandbox.directClient(S3Client, { region, credentials: sandbox.credentials(`admin:${home}`) });
  const store = s3Store({
    client: reading,
    bucket: settings.ledger.bucket,
    prefix: settings.ledger.prefix,
    now: () => time.now(),
  });

  return {
    ...deployment,
    time,
    invocations,
    counted,
    times,
    logged,
    ledger: createLedger(store, seededRandom(0)),
    eventOf,
    publish: (message) => void invokeAsync(eventOf(message)),
    deliver: (event) => void invokeAsync(event),
    invoke: async (event, kind = 'message') => (await invokeOnce(event, kind)).answer,
    run,
    objects: (folder) => {
      const [all] = Object.entries(sandbox.dump()).filter(([slot]) => slot.startsWith('s3'));
      return [...JSON.stringify(all ?? []).matchAll(/"responder\/([^"]+)"/g)].flatMap(([, key = '']) =>
        key.startsWith(folder) ? [key] : [],
      );
    },
  };
}

function never(): Promise<never> {
  return new Promise(() => {});
}
