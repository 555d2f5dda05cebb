import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { isRecordId } from '@entity-lockdown/core';
import { jsonIn } from './json-in.ts';

/** What is wanted, without the secret that it was asked with. */
export interface AskedFor {
  readonly arn: string;
  readonly options: { readonly [name: string]: string | number };
  readonly incident?: string;
  readonly reason?: string;
  readonly by: string;
  readonly message: string;
  /** When the message was published, in ISO 8601. */
  readonly at: string;
}

/** What the queue brings back: a request to look after, or a record to go on with. */
export type Continuation =
  | ({ readonly version: 1; readonly kind: 'request' } & AskedFor)
  | { readonly version: 1; readonly kind: 'record'; readonly record: string };

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const longestDelay = 900;

export interface Continuations {
  send(continuation: Continuation, delaySeconds: number): Promise<void>;
  /** Has a message that was received come back sooner, or later, than the queue's own time-out. */
  comeBackIn(receiptHandle: string, seconds: number): Promise<void>;
}

export function continuationQueue(client: SQSClient, url: string): Continuations {
  return {
    async send(continuation, delaySeconds) {
      const DelaySeconds = Math.min(Math.max(Math.ceil(delaySeconds), 0), longestDelay);
      await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(continuation), DelaySeconds }));
    },
    async comeBackIn(ReceiptHandle, VisibilityTimeout) {
      await client.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout }));
    },
  };
}

/** Reads a body that came back; undefined for what nobody here has written. */
export function continuationIn(body: unknown): Continuation | undefined {
  const value = jsonIn(body);
  if (value === undefined || value.version !== 1) return undefined;
  if (value.kind === 'record')
    return typeof value.record === 'string' && isRecordId(value.record) ? (value as unknown as Continuation) : undefined;
  if (value.kind !== 'request') return undefined;
  const texts = [value.arn, value.by, value.message, value.at];
  const maybe = [value.incident, value.reason];
  const isAsked =
    texts.every((text) => typeof text === 'string') &&
    maybe.every((text) => text === undefined || typeof text === 'string') &&
    typeof value.options === 'object' &&
    value.options !== null;
  return isAsked ? (value as unknown as Continuation) : undefined;
}
