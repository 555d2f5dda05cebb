import {
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import {
  awsErrorCode,
  type Change,
  type Context,
  definePlugin,
  type Entity,
  formatArn,
  type Grant,
  isAccessDenied,
  type Manifest,
  nullOr,
  type Observed,
  type Plugin,
  partitionOfRegion,
  type Reference,
  type Refusal,
  resourceOf,
  type Setting,
  type Stage,
  text,
  unavailable,
  type Warning,
  whole,
} from '@entity-lockdown/plugin-api';

export interface QueueState {
  readonly arn: string;
  readonly policy: string | null;
  readonly delay: number;
  /** Undefined where the tags could not be read. */
  readonly mark?: string | null;
}

type QueueSettings = {
  readonly 'test.queue.policy': Setting<QueueState, string | null>;
  readonly 'test.queue.delay': Setting<QueueState, number>;
  readonly 'test.queue.mark': Setting<QueueState, string | null>;
};
export type QueueChange = Change<QueueSettings>;

export const itself: readonly string[] = ['arn:{partition}:sqs:{region}:{account}:{name}'];
export const lockedPolicy =
  '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}}';
export const markTag = 'entity-lockdown';

export const grants: readonly Grant[] = [
  { sessions: ['contain', 'release'], actions: ['sqs:GetQueueAttributes'], resources: itself, why: 'see how the queue is' },
  { sessions: ['contain', 'release'], actions: ['sqs:SetQueueAttributes'], resources: itself, why: 'deny, and undo it' },
  {
    sessions: ['contain', 'release'],
    actions: ['sqs:ListQueueTags'],
    resources: itself,
    why: 'see whether it is marked',
    optional: 'the queue is not marked',
  },
  { sessions: ['contain'], actions: ['sqs:TagQueue'], resources: itself, why: 'mark it', optional: 'the queue is not marked' },
  { sessions: ['release'], actions: ['sqs:UntagQueue'], resources: itself, why: 'take the mark away' },
];

export const manifest: Manifest = { api: 1, id: 'test.sqs.queue', title: 'queue', match: ['arn:*:sqs:*:*:*'], grants };

function urlOf(on: string): string {
  const [, , , region, account, name] = resourceOf(on).split(':');
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}

export function resolve({ arn }: Reference): Entity | Refusal {
  const isQueue = /^[\w-]{1,80}$/.test(arn.resource) && arn.account !== '' && arn.region !== '';
  if (!isQueue || partitionOfRegion(arn.region) !== arn.partition)
    return { refused: 'That is no queue.', instead: 'Give the ARN of a queue.' };
  const { partition, account, region, resource: name } = arn;
  return { key: `${partition}:${account}:${region}:${name}`, arn: formatArn(arn), partition, account, region, name };
}

export async function inspect(ctx: Context, { arn }: Entity): Promise<Observed<QueueState>> {
  const sqs = ctx.client(SQSClient);
  const QueueUrl = urlOf(arn);
  try {
    const [{ Attributes }, mark] = await Promise.all([
      sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] })),
      sqs.send(new ListQueueTagsCommand({ QueueUrl })).then(
        ({ Tags }) => Tags?.[markTag] ?? null,
        (error: unknown) => {
          if (isAccessDenied(error)) return undefined;
          throw error;
        },
      ),
    ]);
    const state = { arn, policy: Attributes?.Policy ?? null, delay: Number(Attributes?.DelaySeconds ?? 0) };
    return { exists: true, id: arn, state: { ...state, ...(mark !== undefined && { mark }) } };
  } catch (error) {
    if (awsErrorCode(error) !== 'QueueDoesNotExist') throw error;
    return { exists: false, missing: `There is no queue ${arn}.`, id: arn, state: { arn, policy: null, delay: 0 } };
  }
}

const markChange = (on: string): QueueChange => ({
  setting: 'test.queue.mark',
  on,
  to: 'contained',
  title: 'Mark the queue',
  optional: 'The queue is not marked.',
});

export function immediate({ arn }: Entity): readonly QueueChange[] {
  return [markChange(arn)];
}

export function plan({ arn, mark }: QueueState): readonly Stage<QueueSettings>[] {
  const deny: QueueChange = {
    setting: 'test.queue.policy',
    on: arn,
    to: lockedPolicy,
    title: 'Deny that anything is sent',
    else: { setting: 'test.queue.delay', on: arn, to: 900, title: 'Delay what is sent' },
  };
  return [{ title: 'Lock the queue', changes: mark === undefined ? [deny] : [deny, markChange(arn)] }];
}

export function warnings({ mark }: QueueState): readonly Warning[] {
  const said: Warning[] = [{ text: 'Messages that are in the queue can still be received.' }];
  return mark === undefined
    ? [...said, { text: 'sqs:ListQueueTags is denied: whether the queue is marked is not known.' }]
    : said;
}

export const settings: QueueSettings = {
  'test.queue.policy': {
    value: nullOr(text),
    read: ({ policy }) => policy,
    async write(ctx, on, value) {
      try {
        await ctx
          .client(SQSClient)
          .send(new SetQueueAttributesCommand({ QueueUrl: urlOf(on), Attributes: { Policy: value ?? '' } }));
      } catch (error) {
        throw awsErrorCode(error) === 'OverLimit' ? unavailable('the policy has too many statements', error) : error;
      }
    },
  },
  'test.queue.delay': {
    value: whole,
    read: ({ delay }) => delay,
    async write(ctx, on, value) {
      await ctx
        .client(SQSClient)
        .send(new SetQueueAttributesCommand({ QueueUrl: urlOf(on), Attributes: { DelaySeconds: String(value) } }));
    },
  },
  'test.queue.mark': {
    value: nullOr(text),
    marked: true,
    read: ({ mark }) => mark,
    async write(ctx, on, value) {
      const QueueUrl = urlOf(on);
      const sqs = ctx.client(SQSClient);
      if (value === null) await sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: [markTag] }));
      else await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { [markTag]: value } }));
    },
  },
};

/** The parts of a plugin that is right, to be put together with some of them broken. */
export const parts = {
  manifest,
  resolve,
  immediate,
  inspect,
  plan,
  warnings,
  settings,
  release: ['test.queue.policy', 'test.queue.delay', 'test.queue.mark'] as const,
};

export const queuePlugin: Plugin = definePlugin<QueueState, object, QueueSettings>(parts);
