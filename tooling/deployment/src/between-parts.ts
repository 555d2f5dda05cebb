import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Between, betweenOf, type Delivery, type SessionCredentials } from '@entity-lockdown/moto';
import type { Account } from './accounts.ts';
import { type DeployedFunction, deployedFunction } from './deployed-function.ts';
import { queueEvent, snsEvent } from './events.ts';
import { type Answer, type FunctionProcess, startFunction } from './function-process.ts';
import { unzip } from './zip.ts';

/** A mail as SNS sends it. */
export interface Mail {
  readonly to: string;
  readonly topic: string;
  readonly subject: string | null;
  readonly body: string;
  readonly attributes: Delivery['attributes'];
}

export interface Invocation {
  readonly event: unknown;
  readonly answer: Answer;
}

export interface BetweenParts {
  readonly function: DeployedFunction;
  readonly mails: readonly Mail[];
  readonly invocations: readonly Invocation[];
  /** What the function printed. */
  readonly output: readonly string[];
  /** What came to nothing, and why: a message that nobody may deliver and nobody keeps. */
  readonly lost: readonly string[];
  /** Does all that is due now. */
  settle(): Promise<void>;
  /** Lets time pass, and does what becomes due meanwhile, the schedules included. */
  advance(seconds: number): Promise<void>;
  /** Publishes as a rule of EventBridge does; false where the topic does not let it. With `rule`, the topic is told by which. */
  publishFromRule(topic: string, event: object, rule?: string): Promise<boolean>;
  /** Delivers an event to the function once more, as SNS and Lambda may. */
  deliverAgain(event: object): Promise<void>;
  /** How far its time is ahead of this machine's, in milliseconds. */
  ahead(): number;
  stop(): void;
}

export interface BetweenPartsOptions {
  /** The account and Region of the function. */
  readonly account: Account;
  readonly region: string;
  readonly functionName: string;
  /** The zip that was uploaded: it must be what was deployed. */
  readonly zip: string;
  /** The service that functions talk to; a proxy before moto, for instance. */
  readonly endpoint?: string;
  /** How long a second of the function's time-out takes, in milliseconds. */
  readonly second?: number;
  /** How far its time is ahead of this machine's from the start, in milliseconds: of another that it goes on from. */
  readonly ahead?: number;
}

interface Event {
  readonly event: object;
  readonly since: number;
  due: number;
  attempts: number;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html: a minute, then two. */
const pauses = [60_000, 120_000];
const stepSeconds = 5;
/** More rounds than this without time passing: the parts feed each other. */
const mostRounds = 1_000;

/**
 * Stands in for SNS, SQS, Lambda and EventBridge between the parts of a deployment: it delivers, tries again, polls, and runs the
 * function's code in a process of its own, with a session of the function's role. What is connected to what, with which permissions,
 * it reads from what was deployed.
 */
export async function betweenParts(options: BetweenPartsOptions): Promise<BetweenParts> {
  const { account, region, second = 1_000 } = options;
  const between: Between = betweenOf(account.endpoint);
  const deployed = await deployedFunction(account, region, options.functionName);
  const { configuration } = deployed;
  const digest = createHash('sha256').update(readFileSync(options.zip)).digest('base64');
  if (configuration.CodeSha256 !== digest)
    throw new Error(`The function has other code (${configuration.CodeSha256}) than ${options.zip}`);
  const folder = unzip(options.zip);
  const session = await between.serviceSession({
    role: configuration.Role ?? '',
    service: 'lambda.amazonaws.com',
    region,
    name: configuration.FunctionName ?? '',
  });
  if (session === undefined) throw new Error(`Lambda may not assume ${configuration.Role}`);
  const sqs = new SQSClient({ endpoint: account.endpoint, region, credentials: session, maxAttempts: 1 });
  const rules = await schedules(account, region, deployed);

  const mails: Mail[] = [];
  const invocations: Invocation[] = [];
  const output: string[] = [];
  const lost: string[] = [];
  const waiting: Event[] = [];
  let running: FunctionProcess | undefined;
  let { ahead = 0 } = options;
  const now = (): number => Date.now() + ahead;
  const started = now();

  async function invoke(event: object): Promise<Answer> {
    if (running === undefined || !running.isRunning()) running = start(session as SessionCredentials);
    const answer = await running.invoke(event, now());
    invocations.push({ event, answer });
    return answer;
  }

  function start(credentials: SessionCredentials): FunctionProcess {
    return startFunction({
      folder,
      handler: configuration.Handler ?? '',
      memorySize: configuration.MemorySize ?? 128,
      timeoutSeconds: configuration.Timeout ?? 3,
      second,
      env: {
        ...configuration.Environment?.Variables,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ENDPOINT_URL: options.endpoint ?? account.endpoint,
        AWS_LAMBDA_FUNCTION_NAME: configuration.FunctionName ?? '',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.MemorySize),
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_EXECUTION_ENV: `AWS_Lambda_${configuration.Runtime}`,
        LAMBDA_TASK_ROOT: folder,
        TZ: ':UTC',
        ...(process.env.TMPDIR !== undefined && { TMPDIR: process.env.TMPDIR }),
      },
      context: {
        functionName: configuration.FunctionName,
        functionVersion: '$LATEST',
        invokedFunctionArn: deployed.arn,
        memoryLimitInMB: String(configuration.MemorySize),
        awsRequestId: crypto.randomUUID(),
      },
      onOutput: (text) => void output.push(text),
    });
  }

  /** Whether Lambda takes an event from a service, by the function's own policy. */
  function takes(service: string, source: string): Promise<boolean> {
    return between.may({
      service,
      documents: deployed.policy === undefined ? [] : [deployed.policy],
      action: 'lambda:InvokeFunction',
      resource: deployed.arn,
      context: { 'aws:SourceArn': source, 'aws:SourceAccount': account.id },
    });
  }

  async function deliver(delivery: Delivery): Promise<void> {
    if (delivery.protocol !== 'lambda') {
      const { endpoint, topic, subject, message, attributes } = delivery;
      mails.push({ to: endpoint, topic, subject, body: message, attributes });
      return;
    }
    if (delivery.endpoint !== deployed.arn) return void lost.push(`${delivery.topic}: ${delivery.endpoint} is another function`);
    if (await takes('sns.amazonaws.com', delivery.topic)) {
      waiting.push({ event: snsEvent(delivery, now()), since: now(), due: now(), attempts: 0 });
      return;
    }
    await keepUndelivered(delivery);
  }

  /** https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html: a client-side error is not tried again. */
  async function keepUndelivered({ topic, message, redrivePolicy }: Delivery): Promise<void> {
    const { deadLetterTargetArn: queue } = JSON.parse(redrivePolicy ?? '{}') as { readonly deadLetterTargetArn?: string };
    if (queue === undefined) return void lost.push(`${topic}: SNS may not invoke the function, and nothing keeps the message`);
    const admin = new SQSClient({ endpoint: account.endpoint, region, credentials: account.credentials });
    const QueueUrl = urlOf(queue);
    const { Attributes } = await admin.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] }));
    const allowed = await between.may({
      service: 'sns.amazonaws.com',
      documents: Attributes?.Policy === undefined ? [] : [Attributes.Policy],
      action: 'sqs:SendMessage',
      resource: queue,
      context: { 'aws:SourceArn': topic, 'aws:SecureTransport': 'true' },
    });
    if (!allowed) return void lost.push(`${topic}: SNS may not send to ${queue}`);
    await admin.send(new SendMessageCommand({ QueueUrl, MessageBody: message }));
  }

  async function runWaiting(event: Event): Promise<void> {
    waiting.splice(waiting.indexOf(event), 1);
    event.attempts += 1;
    const answer = await invoke(event.event);
    if (!('error' in answer)) return;
    const { MaximumRetryAttempts = 2, MaximumEventAgeInSeconds = 21_600, DestinationConfig } = deployed.asynchronous;
    const due = now() + (pauses[event.attempts - 1] ?? 0);
    const isTooOld = due - event.since > MaximumEventAgeInSeconds * 1_000;
    if (event.attempts <= MaximumRetryAttempts && !isTooOld) {
      waiting.push({ ...event, due });
      return;
    }
    const queue = DestinationConfig?.OnFailure?.Destination;
    if (queue === undefined)
      return void lost.push(`an event that failed ${event.attempts} times; the function has no destination for it`);
    // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    const record = {
      version: '1.0',
      timestamp: new Date(now()).toISOString(),
      requestContext: {
        requestId: crypto.randomUUID(),
        functionArn: `${deployed.arn}:$LATEST`,
        condition: isTooOld ? 'EventAgeExceeded' : 'RetriesExhausted',
        approximateInvokeCount: event.attempts,
      },
      requestPayload: event.event,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: answer.error,
    };
    await sqs.send(new SendMessageCommand({ QueueUrl: urlOf(queue), MessageBody: JSON.stringify(record) }));
  }

  function urlOf(queue: string): string {
    const [, , , , id, name] = queue.split(':');
    return `${account.endpoint}/${id}/${name}`;
  }

  /** One batch of each queue that the function is mapped to; whether there was any. */
  async function poll(): Promise<boolean> {
    let found = false;
    for (const mapping of deployed.mappings) {
      if (mapping.State !== 'Enabled' || mapping.EventSourceArn === undefined) continue;
      const QueueUrl = urlOf(mapping.EventSourceArn);
      const { Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: Math.min(mapping.BatchSize ?? 10, 10),
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        }),
      );
      if (messages.length === 0) continue;
      found = true;
      const answer = await invoke(queueEvent(messages, mapping.EventSourceArn, region));
      const failed = failedOf(answer, messages, (mapping.FunctionResponseTypes ?? []).includes('ReportBatchItemFailures'));
      for (const { MessageId = '', ReceiptHandle } of messages) {
        if (!failed.has(MessageId)) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
    return found;
  }

  async function settle(): Promise<void> {
    for (let round = 0; round < mostRounds; round += 1) {
      const deliveries = await between.takeDeliveries();
      for (const delivery of deliveries) await deliver(delivery);
      const due = waiting.filter((event) => event.due <= now());
      for (const event of due) await runWaiting(event);
      const polled = await poll();
      if (deliveries.length === 0 && due.length === 0 && !polled) return;
    }
    throw new Error('The parts go on and on without time passing');
  }

  return {
    function: deployed,
    mails,
    invocations,
    output,
    lost,
    settle,
    ahead: () => ahead,
    publishFromRule: (topic, event, rule) =>
      between.publishFromRule({ topic, message: JSON.stringify(event), ...(rule !== undefined && { rule }) }),
    async deliverAgain(event) {
      waiting.push({ event, since: now(), due: now(), attempts: 0 });
      await settle();
    },
    async advance(seconds) {
      await settle();
      for (let left = seconds; left > 0; left -= stepSeconds) {
        ahead += Math.min(left, stepSeconds) * 1_000;
        await between.setClock(ahead);
        for (const rule of rules) {
          if (now() - started < rule.next) continue;
          rule.next += rule.every;
          if (await takes('events.amazonaws.com', rule.arn))
            waiting.push({ event: rule.input, since: now(), due: now(), attempts: 0 });
          else lost.push(`${rule.arn}: EventBridge may not invoke the function`);
        }
        await settle();
      }
    },
    stop() {
      running?.kill();
    },
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html: the messages that stay in the queue. */
function failedOf(answer: Answer, messages: readonly Message[], isPartial: boolean): ReadonlySet<string> {
  const all = new Set(messages.map(({ MessageId = '' }) => MessageId));
  if ('error' in answer) return all;
  if (!isPartial) return new Set();
  const { batchItemFailures = [] } = (answer.result ?? {}) as {
    readonly batchItemFailures?: readonly { readonly itemIdentifier: string }[];
  };
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  // An identifier that is none of the batch's fails all of it.
  return [...failed].every((id) => all.has(id)) ? failed : all;
}

interface ScheduledRule {
  readonly arn: string;
  readonly input: object;
  readonly every: number;
  /** Since the start. */
  next: number;
}

/** The rules that run the function by the clock. */
async function schedules(
  { endpoint, credentials }: Account,
  region: string,
  { arn }: DeployedFunction,
): Promise<readonly ScheduledRule[]> {
  const events = new EventBridgeClient({ endpoint, credentials, region });
  const { Rules = [] } = await events.send(new ListRulesCommand({}));
  const found: ScheduledRule[] = [];
  for (const { Name, Arn = '', State, ScheduleExpression } of Rules) {
    const [, count, unit] = /^rate\((\d+) (minute|hour)s?\)$/.exec(ScheduleExpression ?? '') ?? [];
    if (State !== 'ENABLED' || count === undefined) continue;
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }));
    const every = Number(count) * (unit === 'hour' ? 3_600_000 : 60_000);
    for (const target of Targets) {
      if (target.Arn === arn) found.push({ arn: Arn, input: JSON.parse(target.Input ?? '{}') as object, every, next: every });
    }
  }
  return found;
}
