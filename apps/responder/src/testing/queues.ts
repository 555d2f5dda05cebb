import { createHash } from 'node:crypto';
import type * as Sqs from '@aws-sdk/client-sqs';
import { awsError, type Call, type Demand, type Operation, type Operations } from '@entity-lockdown/sandbox';

export interface QueuedMessage {
  readonly id: string;
  readonly body: string;
  visibleAt: number;
  received: number;
  receipt: string;
}

export interface Queue {
  readonly name: string;
  readonly visibilityMs: number;
  /** After so many receives a message goes to the queue of dead letters. */
  readonly mostReceives?: number;
  readonly deadLetters?: Queue;
  readonly messages: QueuedMessage[];
}

export interface Queues {
  readonly operations: Operations;
  /** What a poller is given now: hidden for the time-out of the queue. */
  receive(queue: Queue, now: number, most: number): readonly QueuedMessage[];
  put(queue: Queue, body: string, visibleAt: number): void;
  delete(queue: Queue, message: QueuedMessage): void;
}

function operation<I extends { readonly QueueUrl?: string | undefined }, O extends object>(
  name: string,
  action: string,
  queues: ReadonlyMap<string, Queue>,
  run: (call: Call, input: I, queue: Queue) => O,
): Operation<I, O> {
  const demands = (call: Call, input: I): readonly Demand[] => {
    const [account, queue] = (input.QueueUrl ?? '').split('/').slice(-2);
    return [{ action, resource: `arn:${call.partition}:sqs:${call.region}:${account}:${queue}` }];
  };
  return {
    page: `https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_${name}.html`,
    mutates: true,
    demands,
    run(call, input) {
      const queue = queues.get((input.QueueUrl ?? '').split('/').at(-1) ?? '');
      if (queue === undefined) throw awsError('QueueDoesNotExist', 'The specified queue does not exist.');
      return run(call, input, queue);
    },
  };
}

/** Queues of SQS, as far as the responder and a poller use them. */
export function queuesOf(list: readonly Queue[]): Queues {
  const byName = new Map(list.map((queue) => [queue.name, queue]));
  let count = 0;
  const next = (): string => {
    count += 1;
    return `message-${count}`;
  };

  function put(queue: Queue, body: string, visibleAt: number): void {
    queue.messages.push({ id: next(), body, visibleAt, received: 0, receipt: '' });
  }

  function receive(queue: Queue, now: number, most: number): readonly QueuedMessage[] {
    const given: QueuedMessage[] = [];
    for (const message of queue.messages.filter(({ visibleAt }) => visibleAt <= now)) {
      if (given.length === most) break;
      if (queue.mostReceives !== undefined && message.received >= queue.mostReceives && queue.deadLetters !== undefined) {
        remove(queue, message);
        queue.deadLetters.messages.push({ ...message, visibleAt: now, received: 0 });
        continue;
      }
      message.received += 1;
      message.visibleAt = now + queue.visibilityMs;
      message.receipt = next();
      given.push(message);
    }
    return given;
  }

  function remove(queue: Queue, message: QueuedMessage): void {
    const at = queue.messages.findIndex(({ id }) => id === message.id);
    if (at !== -1) queue.messages.splice(at, 1);
  }

  return {
    put,
    receive,
    delete: remove,
    operations: {
      SendMessage: operation<Sqs.SendMessageRequest, Sqs.SendMessageResult>(
        'SendMessage',
        'sqs:SendMessage',
        byName,
        ({ now }, { MessageBody = '', DelaySeconds = 0 }, queue) => {
          if (!Number.isInteger(DelaySeconds) || DelaySeconds < 0 || DelaySeconds > 900)
            throw awsError('InvalidParameterValue', 'DelaySeconds is 0 to 900.');
          put(queue, MessageBody, now + DelaySeconds * 1_000);
          return { MessageId: `message-${count}`, MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') };
        },
      ),
      ReceiveMessage: operation<Sqs.ReceiveMessageRequest, Sqs.ReceiveMessageResult>(
        'ReceiveMessage',
        'sqs:ReceiveMessage',
        byName,
        ({ now }, { MaxNumberOfMessages = 1, VisibilityTimeout }, queue) => {
          const given = receive(queue, now, MaxNumberOfMessages);
          if (VisibilityTimeout !== undefined) for (const message of given) message.visibleAt = now + VisibilityTimeout * 1_000;
          return {
            Messages: given.map(({ id, body, receipt }) => ({
              MessageId: id,
              Body: body,
              ReceiptHandle: receipt,
              MD5OfBody: createHash('md5').update(body).digest('hex'),
            })),
          };
        },
      ),
      ChangeMessageVisibility: operation<Sqs.ChangeMessageVisibilityRequest, object>(
        'ChangeMessageVisibility',
        'sqs:ChangeMessageVisibility',
        byName,
        ({ now }, { ReceiptHandle, VisibilityTimeout = 0 }, queue) => {
          const message = queue.messages.find(({ receipt }) => receipt === ReceiptHandle);
          if (message === undefined) throw awsError('ReceiptHandleIsInvalid', 'The receipt handle is not valid.');
          message.visibleAt = now + VisibilityTimeout * 1_000;
          return {};
        },
      ),
    },
  };
}
