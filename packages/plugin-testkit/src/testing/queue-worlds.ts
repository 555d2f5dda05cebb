import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import type { ConformanceOptions } from '../subject.ts';
import type { PluginWorld, Scene } from '../world.ts';
import { queueOperations, queuesOf } from './queue-service.ts';

const region = 'eu-west-1';
/** Not marked as the sandbox's secrets are: a test tells it on purpose. */
export const plantedSecret = 'planted-in-a-tag-5b1f';
const openPolicy = '{"Version":"2012-10-17","Statement":[]}';

function queue({ run, account }: Scene, policy?: string): string {
  const Attributes = { DelaySeconds: '7', ...(policy !== undefined && { Policy: policy }) };
  run(new CreateQueueCommand({ QueueName: 'orders', Attributes, tags: { token: plantedSecret } }), region);
  return `arn:aws:sqs:${region}:${account}:orders`;
}

export const queueWorlds: readonly PluginWorld[] = [
  { title: 'no policy', seed: queue, expect: 'contained', secrets: [plantedSecret] },
  { title: 'a policy of its own', seed: (scene) => queue(scene, openPolicy), expect: 'contained' },
  {
    title: 'no room for a policy',
    seed: (scene) => {
      const arn = queue(scene);
      const found = queuesOf({ world: scene.sandbox.world, account: scene.account, region }).get('orders');
      if (found !== undefined) found.full = true;
      return arn;
    },
    expect: 'contained',
  },
  { title: 'no queue', seed: ({ account }) => `arn:aws:sqs:${region}:${account}:none`, expect: 'refused' },
];

export const queueOptions: ConformanceOptions = { worlds: queueWorlds, services: { sqs: queueOperations } };
