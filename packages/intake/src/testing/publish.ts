import { secretMark } from '@entity-lockdown/sandbox';
import { type Arrived, messagesOf } from '../arrived.ts';
import type { Intake, Request } from '../intake.ts';

export const topic = 'arn:aws:sns:eu-west-1:111122223333:requests';
export const secret: { readonly current: string; readonly previous: string } = {
  current: `${secretMark}-current`,
  previous: `${secretMark}-previous`,
};

export interface Published {
  readonly attributes?: { readonly [name: string]: string | { readonly Type: string; readonly Value: string } };
  readonly body?: unknown;
  readonly subject?: string;
  readonly id?: string;
}

/** The event that SNS gives to a function for a message. */
export function eventOf({ attributes = {}, body = 'contain', subject, id = '95df01b4-ee98-5cb9-9903-4c221d41eb5e' }: Published): {
  readonly Records: readonly unknown[];
} {
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === 'string' ? { Type: 'String', Value: value } : value,
    ]),
  );
  const Sns = {
    Type: 'Notification',
    MessageId: id,
    TopicArn: topic,
    Subject: subject ?? null,
    Message: typeof body === 'string' ? body : JSON.stringify(body),
    Timestamp: '2026-11-24T12:00:00.000Z',
    MessageAttributes,
  };
  return { Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: `${topic}:1`, Sns }] };
}

/** The one message of an event. */
export function arrived(published: Published): Arrived {
  const [message] = messagesOf(eventOf(published));
  if (message === undefined) throw new Error('no message');
  return message;
}

/** The requests among what came out. */
export function requestsIn(intakes: readonly Intake[]): readonly Request[] {
  return intakes.filter((intake) => intake.kind === 'request');
}
