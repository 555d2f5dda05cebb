import type { Message } from '@aws-sdk/client-sqs';
import type { Delivery } from '@entity-lockdown/moto';

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
export function snsEvent({ topic, subscription, messageId, subject, message, attributes }: Delivery, time: number): object {
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscription,
        Sns: {
          Type: 'Notification',
          MessageId: messageId,
          TopicArn: topic,
          Subject: subject,
          Message: message,
          Timestamp: new Date(time).toISOString(),
          SignatureVersion: '1',
          Signature: 'EXAMPLE',
          SigningCertUrl: 'EXAMPLE',
          UnsubscribeUrl: 'EXAMPLE',
          MessageAttributes: attributes,
        },
      },
    ],
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export function queueEvent(messages: readonly Message[], queue: string, region: string): object {
  return {
    Records: messages.map(({ MessageId, ReceiptHandle, Body, Attributes, MD5OfBody }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      attributes: Attributes,
      messageAttributes: {},
      md5OfBody: MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: queue,
      awsRegion: region,
    })),
  };
}
