import { isArnFault, parseArn } from '@entity-lockdown/plugin-api';
import { at, fieldsOf, textOf } from './json.ts';
import { Sealed } from './sealed.ts';

/** One record of an event: a message of SNS, or something that cannot be read as one. */
export type Arrived = Message | Unreadable;

/** A message of SNS. All that its publisher wrote is sealed; the rest is from SNS itself, and may be logged. */
export interface Message {
  readonly kind: 'message';
  /** The ARN of the topic that it came through: what may be asked depends on this alone. */
  readonly topic: string;
  readonly id: string;
  /** When it was published, in ISO 8601. */
  readonly at: string;
  readonly content: Sealed<Content>;
}

export interface Content {
  readonly subject?: string;
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly body: string;
}

export interface Attribute {
  /** `unusable` is a Binary one: nothing here is given in bytes. */
  readonly type: 'text' | 'unusable';
  /** Numbers and lists too arrive as text: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
  readonly value: string;
}

export interface Unreadable {
  readonly kind: 'unreadable';
  /** Why, in a sentence that repeats nothing of what arrived. */
  readonly reason: string;
  /** Which record of the event it was. */
  readonly index: number;
  readonly topic?: string;
  readonly id?: string;
}

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: 256 KiB, attributes included */
const longestMessage = 262_144;
const mostAttributes = 100;
const idForm = /^[\w-]{1,100}$/;
const timeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const textTypes: ReadonlySet<unknown> = new Set(['String', 'String.Array', 'Number']);

/**
 * The messages in an event that SNS gave to a Lambda function, one for each record, whatever the event is. Nothing is thrown, and a record
 * that cannot be read stands in the way of none.
 */
export function messagesOf(event: unknown): readonly Arrived[] {
  const records = at(event, 'Records');
  if (!Array.isArray(records))
    return [{ kind: 'unreadable', index: 0, reason: 'The event has no list of records: it is not from SNS.' }];
  if (records.length === 0) return [{ kind: 'unreadable', index: 0, reason: 'The event has no record.' }];
  return records.map((record: unknown, index) => arrivedOf(record, index));
}

function arrivedOf(record: unknown, index: number): Arrived {
  const sns = fieldsOf(at(record, 'Sns'));
  if (at(record, 'EventSource') !== 'aws:sns' || sns === undefined)
    return { kind: 'unreadable', index, reason: 'The record is not from SNS.' };
  const topic = topicOf(at(sns, 'TopicArn'));
  const id = idOf(at(sns, 'MessageId'));
  const from = { ...(topic !== undefined && { topic }), ...(id !== undefined && { id }) };
  const unreadable = (reason: string): Unreadable => ({ kind: 'unreadable', index, reason, ...from });
  const time = textOf(at(sns, 'Timestamp'));
  if (topic === undefined || id === undefined || time === undefined || !timeForm.test(time))
    return unreadable('The record does not say as SNS does which topic, which message and what time it is of.');
  const content = contentOf(sns);
  return typeof content === 'string'
    ? unreadable(content)
    : { kind: 'message', topic, id, at: time, content: new Sealed(content) };
}

function topicOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const arn = parseArn(value);
  return !isArnFault(arn) && arn.service === 'sns' && arn.region !== '' && arn.account !== '' ? value : undefined;
}

function idOf(value: unknown): string | undefined {
  return typeof value === 'string' && idForm.test(value) ? value : undefined;
}

/** What the publisher wrote, or why it cannot be read. */
function contentOf(sns: unknown): Content | string {
  const body = at(sns, 'Message');
  if (typeof body !== 'string') return 'The message has no text.';
  if (body.length > longestMessage) return 'The message is longer than SNS allows.';
  const subject = at(sns, 'Subject') ?? undefined;
  if (subject !== undefined && typeof subject !== 'string') return 'The subject of the message is not a text.';
  const attributes = attributesOf(at(sns, 'MessageAttributes') ?? {});
  if (attributes === undefined) return 'The attributes of the message are not as SNS gives them.';
  return { body, attributes, ...(subject !== undefined && { subject }) };
}

function attributesOf(value: unknown): ReadonlyMap<string, Attribute> | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const entries = Object.entries(fields);
  if (entries.length > mostAttributes) return undefined;
  const read = new Map<string, Attribute>();
  for (const [name, given] of entries) {
    const type = at(given, 'Type');
    const text = at(given, 'Value');
    if (typeof type !== 'string' || typeof text !== 'string') return undefined;
    read.set(name, textTypes.has(type) ? { type: 'text', value: text } : { type: 'unusable', value: '' });
  }
  return read;
}
