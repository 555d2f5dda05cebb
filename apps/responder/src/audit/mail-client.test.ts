import { PublishCommand } from '@aws-sdk/client-sns';
import { expect, test } from 'vitest';
import { callSilentService } from '../testing/silent-service.ts';
import { mailClient } from './mail-client.ts';

test('a topic that gives no answer is waited for some seconds, once', async () => {
  const mail = new PublishCommand({ TopicArn: 'arn:aws:sns:eu-west-1:999988887777:audit', Message: 'A body' });
  const { error, requests, seconds } = await callSilentService((create) => mailClient(create, 'eu-west-1').send(mail));
  expect([(error as Error | undefined)?.name, requests]).toEqual(['TimeoutError', 1]);
  expect(seconds).toBeLessThan(5);
});
