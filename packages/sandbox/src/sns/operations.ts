import type * as Sns from '@aws-sdk/client-sns';
import { type AwsError, awsError, type Call, type Demand, type Operation, type Operations } from '../operation.ts';
import { type PublishedMessage, type Topic, topicsOf } from './state.ts';

// Codes and statuses: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors

function operation<I, O extends object>(
  name: string,
  mutates: boolean,
  demands: (call: Call, input: I) => readonly Demand[],
  run: (call: Call, input: I) => O,
): Operation<I, O> {
  return { page: `https://docs.aws.amazon.com/sns/latest/api/API_${name}.html`, mutates, demands, run };
}

function arnOf({ partition, region, account }: Call, name: string): string {
  return `arn:${partition}:sns:${region}:${account}:${name}`;
}

function invalidParameter(what: string): AwsError {
  return awsError('InvalidParameter', `Invalid parameter: ${what}`, 400);
}

/** The topic with an ARN. One of another Region is no parameter for this one's endpoint. */
function topicWith(call: Call, arn: string): Topic {
  const [prefix, partition, service, region, account = '', name = '', ...rest] = arn.split(':');
  const isHere = prefix === 'arn' && partition === call.partition && service === 'sns' && region === call.region;
  if (!isHere || name === '' || rest.length > 0) throw invalidParameter('TopicArn');
  const found = topicsOf(call.world, account, call.region).get(name);
  if (found === undefined) throw awsError('NotFound', 'Topic does not exist', 404);
  return found;
}

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: with the attributes, 256 KiB */
const mostBytes = 262_144;

/** Names, types and values as https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html has them. */
function attributesOf(given: Sns.PublishInput['MessageAttributes']): PublishedMessage['attributes'] {
  return Object.fromEntries(
    Object.entries(given ?? {}).map(([name, { DataType = '', StringValue, BinaryValue }]) => {
      const isBinary = DataType.startsWith('Binary');
      if (!/^[\w-]+(\.[\w-]+)*$/.test(name) || name.length > 256 || /^(aws|amazon)\./i.test(name))
        throw awsError('ParameterValueInvalid', `The message attribute name '${name}' is invalid.`, 400);
      if (!/^(String|String\.Array|Number|Binary)(\.|$)/.test(DataType))
        throw awsError('ParameterValueInvalid', `The message attribute '${name}' has an invalid message attribute type.`, 400);
      const value = isBinary ? Buffer.from(BinaryValue ?? []).toString('base64') : (StringValue ?? '');
      if (value === '')
        throw awsError(
          'ParameterValueInvalid',
          `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${DataType}'.`,
          400,
        );
      return [name, { type: DataType, value }];
    }),
  );
}

function sizeOf(body: string, attributes: PublishedMessage['attributes']): number {
  const texts = Object.entries(attributes).flatMap(([name, { type, value }]) => [name, type, value]);
  return [body, ...texts].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** The operations of Amazon SNS that the sandbox knows, by name. What is published is kept (`publishedTo`), and delivered to nobody. */
export const snsOperations: Operations = {
  CreateTopic: operation<Sns.CreateTopicInput, Sns.CreateTopicResponse>(
    'CreateTopic',
    true,
    (call, { Name = '' }) => [{ action: 'sns:CreateTopic', resource: arnOf(call, Name) }],
    (call, { Name = '', Attributes = {} }) => {
      const isFifo = Attributes.FifoTopic === 'true';
      if (!/^[\w-]{1,256}$/.test(isFifo ? Name.replace(/\.fifo$/, '') : Name) || Name.endsWith('.fifo') !== isFifo)
        throw invalidParameter('Topic Name');
      const topics = topicsOf(call.world, call.account, call.region);
      const arn = arnOf(call, Name);
      // A topic that is there already is answered, and not made anew.
      if (!topics.has(Name)) topics.set(Name, { arn, messages: [] });
      return { TopicArn: arn };
    },
  ),
  DeleteTopic: operation<Sns.DeleteTopicInput, object>(
    'DeleteTopic',
    true,
    (_, { TopicArn = '' }) => [{ action: 'sns:DeleteTopic', resource: TopicArn }],
    (call, { TopicArn = '' }) => {
      const topics = topicsOf(call.world, call.account, call.region);
      for (const [name, { arn }] of topics) if (arn === TopicArn) topics.delete(name);
      return {};
    },
  ),
  ListTopics: operation<Sns.ListTopicsInput, Sns.ListTopicsResponse>(
    'ListTopics',
    false,
    () => [{ action: 'sns:ListTopics', resource: '*' }],
    (call) => ({
      Topics: [...topicsOf(call.world, call.account, call.region).values()].map(({ arn }) => ({ TopicArn: arn })),
    }),
  ),
  Publish: operation<Sns.PublishInput, Sns.PublishResponse>(
    'Publish',
    true,
    (_, { TopicArn = '' }) => [{ action: 'sns:Publish', resource: TopicArn }],
    (call, input) => {
      const { TopicArn = '', Message = '', Subject } = input;
      const topic = topicWith(call, TopicArn);
      if (Message === '') throw invalidParameter('Empty message');
      if (Subject !== undefined && !/^[!-~][ -~]{0,99}$/.test(Subject)) throw invalidParameter('Subject');
      const attributes = attributesOf(input.MessageAttributes);
      if (sizeOf(Message, attributes) > mostBytes) throw invalidParameter('Message too long');
      if (topic.arn.endsWith('.fifo') && input.MessageGroupId === undefined)
        throw invalidParameter('The MessageGroupId parameter is required for FIFO topics');
      const id = call.id('');
      topic.messages.push({
        id,
        at: call.now,
        by: call.caller.arn,
        body: Message,
        attributes,
        ...(Subject !== undefined && { subject: Subject }),
      });
      return { MessageId: id };
    },
  ),
};
