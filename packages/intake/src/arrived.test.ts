import { inspect } from 'node:util';
import { secretMark } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { messagesOf } from './arrived.ts';
import { eventOf, topic } from './testing/publish.ts';
import { changed, sample } from './testing/samples.ts';

const good = eventOf({ attributes: { Arn: 'arn:aws:iam::111122223333:user/alice' }, subject: 'help', body: 'stolen' });

test("the event of AWS's page: topic, id, time, subject, attributes and body", () => {
  const [message] = messagesOf(sample('sns-event'));
  expect(message).toMatchObject({
    kind: 'message',
    topic: 'arn:aws:sns:us-east-2:123456789012:sns-lambda',
    id: '95df01b4-ee98-5cb9-9903-4c221d41eb5e',
    at: '2019-01-02T12:45:07.000Z',
  });
  const content = message?.kind === 'message' ? message.content.open() : undefined;
  expect(content).toEqual({
    subject: 'TestInvoke',
    body: 'Hello from SNS!',
    attributes: new Map([
      ['Test', { type: 'text', value: 'TestString' }],
      ['TestBinary', { type: 'unusable', value: '' }],
    ]),
  });
});

test.each(['String', 'String.Array', 'Number'])('an attribute of the type %s is text', (Type) => {
  const [message] = messagesOf(eventOf({ attributes: { Arn: { Type, Value: '1' } } }));
  expect(message?.kind === 'message' && message.content.open().attributes.get('Arn')).toEqual({ type: 'text', value: '1' });
});

test('what somebody wrote is in no log of a message: it is sealed until it is read', () => {
  const secret = `${secretMark}-in-a-message`;
  const arrived = messagesOf(
    eventOf({ attributes: { ExternalId: secret, [secret]: 'x' }, body: { externalId: secret }, subject: secret }),
  );
  expect(arrived[0]?.kind).toBe('message');
  for (const told of [JSON.stringify(arrived), inspect(arrived, { depth: 20, showHidden: true })])
    expect(told.includes(secret)).toBe(false);
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a text', 'Records'],
  ['a list', [good]],
  ['an event of another source', { Records: 'aws:sns' }],
  ['no record', { Records: [] }],
])('an event that is %s is one unreadable record', (_name, event) => {
  expect(messagesOf(event)).toEqual([{ kind: 'unreadable', index: 0, reason: expect.stringMatching(/event has no/) }]);
});

test.each<[string, readonly string[], unknown]>([
  ['another source', ['EventSource'], 'aws:sqs'],
  ['no source', ['EventSource'], undefined],
  ['no message', ['Sns'], null],
  ['a topic that is no ARN', ['Sns', 'TopicArn'], 'requests'],
  ['a topic of another service', ['Sns', 'TopicArn'], 'arn:aws:sqs:eu-west-1:111122223333:requests'],
  ['no topic', ['Sns', 'TopicArn'], undefined],
  ['an id that is none', ['Sns', 'MessageId'], 'a b'],
  ['no time', ['Sns', 'Timestamp'], 'now'],
  ['no text', ['Sns', 'Message'], { default: 'x' }],
  ['a text that is too long', ['Sns', 'Message'], 'x'.repeat(262_145)],
  ['a subject that is no text', ['Sns', 'Subject'], 1],
  ['attributes that are a list', ['Sns', 'MessageAttributes'], []],
  ['an attribute that is no object', ['Sns', 'MessageAttributes', 'Arn'], 'arn'],
  ['an attribute without a value', ['Sns', 'MessageAttributes', 'Arn'], { Type: 'String' }],
  [
    'too many attributes',
    ['Sns', 'MessageAttributes'],
    Object.fromEntries(Array.from({ length: 101 }, (_, i) => [i, { Type: 'String', Value: '' }])),
  ],
])('a record with %s is unreadable, and stands in the way of none', (_name, path, to) => {
  const bad = changed(good.Records[0], path, to);
  const read = messagesOf({ Records: [good.Records[0], bad, good.Records[0]] });
  expect(read.map(({ kind }) => kind)).toEqual(['message', 'unreadable', 'message']);
  expect(read[1]).toMatchObject({ index: 1, reason: expect.any(String) });
});

test('an unreadable record says of which topic and message it is, where it does', () => {
  const [read] = messagesOf(changed(good, ['Records', 0, 'Sns', 'Message'], 1));
  expect(read).toMatchObject({ kind: 'unreadable', topic, id: '95df01b4-ee98-5cb9-9903-4c221d41eb5e' });
});
