import type * as SQS from '@aws-sdk/client-sqs';
import { awsError, type Call, type Demand, type Operation, type Operations } from '@entity-lockdown/sandbox';

// As much of Amazon SQS as the plugin of these tests calls.

export interface Queue {
  policy?: string;
  delay: number;
  readonly tags: Map<string, string>;
  /** Whether there is no room for a policy. */
  full: boolean;
}

export function queuesOf({ world, account, region }: Pick<Call, 'world' | 'account' | 'region'>): Map<string, Queue> {
  return world.slot('sqs', account, region, () => ({ queues: new Map<string, Queue>() })).queues;
}

interface OnQueue {
  readonly QueueUrl?: string | undefined;
  readonly QueueName?: string | undefined;
}

function nameOf({ QueueName, QueueUrl }: OnQueue): string {
  return QueueName ?? QueueUrl?.split('/').at(-1) ?? '';
}

function operation<I extends OnQueue, O extends object>(
  name: string,
  mutates: boolean,
  run: (call: Call, input: I) => O,
): Operation<I, O> {
  return {
    page: `https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_${name}.html`,
    mutates,
    demands: (call, input): readonly Demand[] => [
      { action: `sqs:${name}`, resource: `arn:${call.partition}:sqs:${call.region}:${call.account}:${nameOf(input)}` },
    ],
    run,
  };
}

function queueOf(call: Call, input: OnQueue): Queue {
  const found = queuesOf(call).get(nameOf(input));
  if (found === undefined) throw awsError('QueueDoesNotExist', 'The specified queue does not exist.');
  return found;
}

function urlOf(call: Call, input: OnQueue): { QueueUrl: string } {
  return { QueueUrl: `https://sqs.${call.region}.amazonaws.com/${call.account}/${nameOf(input)}` };
}

export const queueOperations: Operations = {
  CreateQueue: operation<SQS.CreateQueueRequest, SQS.CreateQueueResult>('CreateQueue', true, (call, input) => {
    const policy = input.Attributes?.Policy;
    queuesOf(call).set(nameOf(input), {
      ...(policy !== undefined && { policy }),
      delay: Number(input.Attributes?.DelaySeconds ?? 0),
      tags: new Map(Object.entries(input.tags ?? {})),
      full: false,
    });
    return urlOf(call, input);
  }),
  GetQueueUrl: operation<SQS.GetQueueUrlRequest, SQS.GetQueueUrlResult>('GetQueueUrl', false, (call, input) => {
    queueOf(call, input);
    return urlOf(call, input);
  }),
  GetQueueAttributes: operation<SQS.GetQueueAttributesRequest, SQS.GetQueueAttributesResult>(
    'GetQueueAttributes',
    false,
    (call, input) => {
      const { policy, delay } = queueOf(call, input);
      return { Attributes: { DelaySeconds: String(delay), ...(policy !== undefined && { Policy: policy }) } };
    },
  ),
  SetQueueAttributes: operation<SQS.SetQueueAttributesRequest, object>('SetQueueAttributes', true, (call, input) => {
    const queue = queueOf(call, input);
    const { Policy, DelaySeconds } = input.Attributes ?? {};
    if (Policy !== undefined && Policy !== '') {
      if (queue.full) throw awsError('OverLimit', 'The policy has too many statements.');
      queue.policy = Policy;
    }
    if (Policy === '') delete queue.policy;
    if (DelaySeconds !== undefined) queue.delay = Number(DelaySeconds);
    return {};
  }),
  ListQueueTags: operation<SQS.ListQueueTagsRequest, SQS.ListQueueTagsResult>('ListQueueTags', false, (call, input) => ({
    Tags: Object.fromEntries(queueOf(call, input).tags),
  })),
  TagQueue: operation<SQS.TagQueueRequest, object>('TagQueue', true, (call, input) => {
    for (const [key, value] of Object.entries(input.Tags ?? {})) queueOf(call, input).tags.set(key, value);
    return {};
  }),
  UntagQueue: operation<SQS.UntagQueueRequest, object>('UntagQueue', true, (call, input) => {
    for (const key of input.TagKeys ?? []) queueOf(call, input).tags.delete(key);
    return {};
  }),
};
