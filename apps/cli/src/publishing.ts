import { type CreateClient, type Failure, failureOf } from '@entity-lockdown/core';
import { awsErrorCode, isAccessDenied } from '@entity-lockdown/plugin-api';
import type { RequestTopic } from './settings/request-topic.ts';

/** One message, as the request topic takes it. */
export interface RequestMessage {
  /** For people: it tells nothing that is secret. */
  readonly body: string;
  readonly attributes: { readonly [name: string]: string };
}

export interface Publisher {
  /** Answers the message's id. */
  publish(message: RequestMessage): Promise<string>;
  close(): void;
}

/**
 * Publishes to a topic, at the endpoint of its own Region. An attempt without an answer is made again, and may have been published: the
 * responder then handles two messages of one meaning, and contains once.
 */
export async function publisherTo({ arn, region }: RequestTopic, createClient: CreateClient): Promise<Publisher> {
  const { PublishCommand, SNSClient } = await import('@aws-sdk/client-sns');
  const client = createClient(SNSClient, { region });
  return {
    async publish({ body, attributes }) {
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
      );
      const { MessageId } = await client.send(new PublishCommand({ TopicArn: arn, Message: body, MessageAttributes }));
      if (MessageId === undefined) throw new Error('SNS answered without the id of the message');
      return MessageId;
    },
    close: () => client.destroy(),
  };
}

/** Why a message was not published, and what to do next. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors */
export function publishFailure(error: unknown, { arn, region }: RequestTopic): Failure {
  const general: Failure = { ...failureOf(error, arn), action: 'sns:Publish', on: arn };
  const said = error instanceof Error ? error.message : String(error);
  const code = awsErrorCode(error) ?? '';
  if (isAccessDenied(error))
    return {
      ...general,
      message: `AWS denied sns:Publish on ${arn}: ${said}`,
      next: "Grant sns:Publish on that topic to the user or role that publishes. From another account, the topic's own policy must allow it too.",
    };
  if (code === 'NotFound')
    return {
      ...general,
      code: 'no-such-topic',
      message: `There is no topic ${arn}: ${said}`,
      next: "Check --topic: the outputs of the responder's stack name it, with its account and Region.",
    };
  // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
  if (code.startsWith('KMS'))
    return {
      ...general,
      message: `The key that encrypts ${arn} could not be used: ${said}`,
      next: 'Grant kms:GenerateDataKey and kms:Decrypt on that key to the user or role that publishes, and check that the key is enabled.',
    };
  if (code === 'InvalidParameter')
    return {
      ...general,
      message: `sns:Publish on ${arn}: ${said}`,
      next: `Check --topic, and that --endpoint-url and AWS_ENDPOINT_URL, if one is given, serve ${region}.`,
    };
  return general;
}
