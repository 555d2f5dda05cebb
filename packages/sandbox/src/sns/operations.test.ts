import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  AuthorizationErrorException,
  CreateTopicCommand,
  DeleteTopicCommand,
  InvalidParameterException,
  InvalidParameterValueException,
  ListTopicsCommand,
  NotFoundException,
  PublishCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, publishedTo, type Sandbox } from '../index.ts';

const account = '111122223333';
const region = 'eu-west-1';
const TopicArn = `arn:aws:sns:${region}:${account}:requests`;

describe.each(['createClient', 'directClient'] as const)('through %s', (make) => {
  let sandbox: Sandbox;
  let sns: SNSClient;
  const clientOf = (principal: string, where = region): SNSClient =>
    sandbox[make](SNSClient, { region: where, credentials: sandbox.credentials(principal), maxAttempts: 1 });

  beforeEach(async () => {
    sandbox = createSandbox({ accounts: [{ id: account }, { id: '444455556666' }], now: () => 7, checkAnswers: true });
    sns = clientOf(`admin:${account}`);
    await sns.send(new CreateTopicCommand({ Name: 'requests' }));
  });

  test('a message is kept as it was published, with its id', async () => {
    const { MessageId } = await sns.send(
      new PublishCommand({
        TopicArn,
        Message: 'grüezi',
        Subject: 'Hello',
        MessageAttributes: {
          Arn: { DataType: 'String', StringValue: 'a' },
          n: { DataType: 'Number', StringValue: '5' },
          b: { DataType: 'Binary', BinaryValue: new Uint8Array([1]) },
        },
      }),
    );
    expect(MessageId).toMatch(/^[0-9a-f-]{36}$/);
    const attributes = {
      Arn: { type: 'String', value: 'a' },
      n: { type: 'Number', value: '5' },
      b: { type: 'Binary', value: 'AQ==' },
    };
    const by = `arn:aws:iam::${account}:root`;
    expect(publishedTo(sandbox.world, TopicArn)).toEqual([
      { id: MessageId, at: 7, by, body: 'grüezi', subject: 'Hello', attributes },
    ]);
  });

  test('a topic is made once, listed, and deleted with its messages', async () => {
    await sns.send(new PublishCommand({ TopicArn, Message: 'x' }));
    expect(await sns.send(new CreateTopicCommand({ Name: 'requests' }))).toMatchObject({ TopicArn });
    expect(publishedTo(sandbox.world, TopicArn)).toHaveLength(1);
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn }]);
    await sns.send(new DeleteTopicCommand({ TopicArn: TopicArn.replace(region, 'us-east-1') }));
    expect(publishedTo(sandbox.world, TopicArn)).toHaveLength(1);
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([]);
    expect(() => publishedTo(sandbox.world, TopicArn)).toThrow(/no topic/);
    await expect(sns.send(new PublishCommand({ TopicArn, Message: 'x' }))).rejects.toBeInstanceOf(NotFoundException);
  });

  test.each([
    ['an empty message', { Message: '' }, /Empty message/],
    ['a message that is too long', { Message: 'x'.repeat(262_145) }, /Message too long/],
    ['a subject of two lines', { Message: 'x', Subject: 'a\nb' }, /Subject/],
    ['a subject that is too long', { Message: 'x', Subject: 'a'.repeat(101) }, /Subject/],
    ['what is no topic', { Message: 'x', TopicArn: `${TopicArn}:95df01b4-ee98-5cb9-9903-4c221d41eb5e` }, /TopicArn/],
    ['a topic of another Region', { Message: 'x', TopicArn: TopicArn.replace(region, 'us-east-1') }, /TopicArn/],
  ])('%s is refused', async (_, input, sentence) => {
    const sent = sns.send(new PublishCommand({ TopicArn, ...input }));
    await expect(sent).rejects.toBeInstanceOf(InvalidParameterException);
    await expect(sent).rejects.toThrow(sentence);
    expect(publishedTo(sandbox.world, TopicArn)).toEqual([]);
  });

  test.each([
    ['an empty value', { Reason: { DataType: 'String', StringValue: '' } }, /non-empty/],
    ['a name with a blank', { 'my reason': { DataType: 'String', StringValue: 'x' } }, /name/],
    ['a name of AWS', { 'AWS.reason': { DataType: 'String', StringValue: 'x' } }, /name/],
    ['no type', { Reason: { DataType: '', StringValue: 'x' } }, /type/],
  ])('an attribute with %s is refused', async (_, MessageAttributes, sentence) => {
    const sent = sns.send(new PublishCommand({ TopicArn, Message: 'x', MessageAttributes }));
    await expect(sent).rejects.toBeInstanceOf(InvalidParameterValueException);
    await expect(sent).rejects.toThrow(sentence);
  });

  test('a FIFO topic is named so, and wants a group', async () => {
    await expect(sns.send(new CreateTopicCommand({ Name: 'requests.fifo' }))).rejects.toThrow(/Topic Name/);
    const fifo = await sns.send(new CreateTopicCommand({ Name: 'requests.fifo', Attributes: { FifoTopic: 'true' } }));
    await expect(sns.send(new PublishCommand({ ...fifo, Message: 'x' }))).rejects.toThrow(/MessageGroupId/);
  });

  test('publishing is allowed topic by topic, and to nobody of another account', async () => {
    const admin = sandbox.as(`admin:${account}`);
    const document = (Statement: object): string => JSON.stringify({ Version: '2012-10-17', Statement });
    const trust = document({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' });
    admin.run(new CreateRoleCommand({ RoleName: 'analyst', AssumeRolePolicyDocument: trust }));
    const analyst = clientOf(`arn:aws:iam::${account}:role/analyst`);
    const denied = analyst.send(new PublishCommand({ TopicArn, Message: 'x' }));
    await expect(denied).rejects.toBeInstanceOf(AuthorizationErrorException);
    await expect(denied).rejects.toThrow(`is not authorized to perform: sns:Publish on resource: ${TopicArn}`);
    const PolicyDocument = document({ Effect: 'Allow', Action: 'sns:Publish', Resource: TopicArn });
    admin.run(new PutRolePolicyCommand({ RoleName: 'analyst', PolicyName: 'publish', PolicyDocument }));
    expect(await analyst.send(new PublishCommand({ TopicArn, Message: 'x' }))).toHaveProperty('MessageId');
    const stranger = clientOf('admin:444455556666');
    await expect(stranger.send(new PublishCommand({ TopicArn, Message: 'x' }))).rejects.toBeInstanceOf(
      AuthorizationErrorException,
    );
  });
});
