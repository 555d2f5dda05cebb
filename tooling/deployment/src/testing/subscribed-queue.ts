import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Account } from '../accounts.ts';
import { home } from './organization.ts';

/** What SNS puts into a queue. https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html */
export interface Noted {
  readonly Subject: string;
  readonly Message: string;
  readonly MessageAttributes: { readonly [name: string]: { readonly Value: string } };
}

export interface SubscribedQueue {
  /** What arrived since the last time. */
  take(): Promise<readonly Noted[]>;
}

/** Subscribes a queue to a topic, as the team of a SIEM does, with what it is to filter. */
export async function subscribedQueue(
  { id, endpoint, credentials }: Account,
  topic: string,
  name: string,
  filter?: object,
): Promise<SubscribedQueue> {
  const sqs = new SQSClient({ endpoint, credentials, region: home });
  const Resource = `arn:aws:sqs:${home}:${id}:${name}`;
  const Statement = {
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource,
    Condition: { ArnEquals: { 'aws:SourceArn': topic } },
  };
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) } }),
  );
  const sns = new SNSClient({ endpoint, credentials, region: home });
  await sns.send(
    new SubscribeCommand({
      TopicArn: topic,
      Protocol: 'sqs',
      Endpoint: Resource,
      ...(filter !== undefined && { Attributes: { FilterPolicy: JSON.stringify(filter) } }),
    }),
  );
  return {
    async take() {
      const taken: Noted[] = [];
      for (;;) {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
        if (Messages.length === 0) return taken;
        for (const { Body = '', ReceiptHandle } of Messages) {
          taken.push(JSON.parse(Body) as Noted);
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        }
      }
    },
  };
}
