import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { failureOf, type Ledger } from '@entity-lockdown/core';
import { messagesOf } from '@entity-lockdown/intake';
import { type DeadLetter, deadLetterMail } from './audit/about-message.ts';
import type { Writing } from './audit/about-record.ts';
import type { Notices } from './audit/notices.ts';
import { continuationIn } from './continuations.ts';
import { jsonIn } from './json-in.ts';
import { failureFields, type Log } from './log.ts';
import type { Meter } from './meter.ts';
import type { Requests } from './requests.ts';
import { isSweep } from './sweep-event.ts';

export interface DeadLetterParts {
  readonly client: SQSClient;
  readonly queues: { readonly continuations: string; readonly requests: string };
  readonly ledger: Ledger;
  readonly requests: Pick<Requests, 'intakes'>;
  readonly notices: Notices;
  readonly writing: Writing;
  readonly log: Log;
  readonly meter: Meter;
}

/** Less than the time between two sweeps: the next one sees them again, and a redrive finds them. */
const hiddenSeconds = 45;
/** Six hundred letters. What is beyond stays for the next sweep, which may be given the same ones again. */
const mostReceives = 60;

/** Tells of each message in the dead-letter queues, once. They stay there, to be handled once more when the cause is mended. */
export async function tellOfDeadLetters(parts: DeadLetterParts): Promise<void> {
  await Promise.all([
    readAll(parts, parts.queues.continuations, (id, body) => deadContinuation(parts.ledger, id, body)),
    readAll(parts, parts.queues.requests, (id, body) => deadRequest(parts, id, body)),
  ]);
}

async function readAll(
  { client, notices, writing, meter }: DeadLetterParts,
  QueueUrl: string,
  letterOf: (id: string, body: string) => Promise<DeadLetter | undefined>,
): Promise<void> {
  for (let receives = 0; receives < mostReceives; receives += 1) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: hiddenSeconds, WaitTimeSeconds: 0 }),
    );
    if (Messages.length === 0) return;
    await Promise.all(
      Messages.map(async ({ MessageId = '', Body = '' }) => {
        const letter = await letterOf(MessageId, Body);
        if (letter === undefined) return;
        const told = await notices.tell(deadLetterMail(letter, writing));
        if (told === 'told') meter.count('DeadLetters');
      }),
    );
  }
}

async function deadContinuation(ledger: Ledger, id: string, body: string): Promise<DeadLetter> {
  const continuation = continuationIn(body);
  const why = 'It failed each time that it was handled. The log of the function says how, under the record or the ARN.';
  if (continuation === undefined)
    return {
      id,
      queue: 'continuations',
      entities: [],
      why: 'It is no message that the responder has written, and cannot be read.',
    };
  if (continuation.kind === 'request') return { id, queue: 'continuations', entities: [continuation.arn], why };
  const { record } = continuation;
  const known = await ledger.record(record).catch(() => undefined);
  const entities = known === undefined ? [] : [known.value.entity.arn];
  return { id, queue: 'continuations', entities, record, why };
}

/**
 * What SNS could not deliver (https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html), or what Lambda writes of an
 * invocation that failed for good: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 * The event is in it, and the secret that was given in the event: only what the intake makes of it is told.
 */
async function deadRequest({ requests, log }: DeadLetterParts, id: string, body: string): Promise<DeadLetter | undefined> {
  const record = jsonIn(body);
  // Where the function is stopped for an hour, sixty of them are here; whoever reads this is the sweep that follows.
  if (isSweep(record?.requestPayload)) return undefined;
  const error = (record?.responsePayload as { readonly errorMessage?: unknown } | null | undefined)?.errorMessage;
  const isUndelivered = record?.Type === 'Notification';
  const event = isUndelivered ? { Records: [{ EventSource: 'aws:sns', Sns: record }] } : record?.requestPayload;
  const entities = await entitiesIn(event).catch((cause: unknown) => {
    log.warn('a dead request could not be read', { messageId: id, ...failureFields(failureOf(cause)) });
    return [];
  });
  const why = isUndelivered
    ? 'SNS could not deliver it to the function.'
    : error === undefined
      ? 'The function did not answer: it ran out of time, or could not be run.'
      : 'The function failed each time that it was run. Its log says how, under the message.';
  return { id, queue: 'requests', entities, why };

  async function entitiesIn(payload: unknown): Promise<readonly string[]> {
    const intakes = await Promise.all(messagesOf(payload).map((arrived) => requests.intakes(arrived)));
    return intakes.flat().flatMap((intake) => (intake.kind === 'request' ? [intake.arn] : []));
  }
}
