import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { queueClient } from './queue-client.ts';
import { callSilentService } from './testing/silent-service.ts';

test('a queue that gives no answer is waited for some seconds, and asked twice', async () => {
  const message = new SendMessageCommand({
    QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/999988887777/queue',
    MessageBody: '{}',
  });
  const { error, requests, seconds } = await callSilentService((create) => queueClient(create, 'eu-west-1').send(message));
  expect([(error as Error | undefined)?.name, requests]).toEqual(['TimeoutError', 2]);
  expect(seconds).toBeLessThan(8);
});
