import type { World } from '../world.ts';

/** A message that a topic took. Nobody is subscribed to it: it is kept to be looked at. */
export interface PublishedMessage {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The publisher's ARN. Subscribers do not learn it. */
  readonly by: string;
  readonly body: string;
  readonly subject?: string;
  readonly attributes: { readonly [name: string]: { readonly type: string; readonly value: string } };
}

export interface Topic {
  readonly arn: string;
  readonly messages: PublishedMessage[];
}

interface SnsState {
  /** By name. */
  readonly topics: Map<string, Topic>;
}

/** The topics of an account in a Region. */
export function topicsOf(world: World, account: string, region: string): Map<string, Topic> {
  return world.slot<SnsState>('sns', account, region, () => ({ topics: new Map() })).topics;
}

/** What was published to a topic, in order. Throws where there is no such topic. */
export function publishedTo(world: World, arn: string): readonly PublishedMessage[] {
  const [, , , region = '', account = '', name = ''] = arn.split(':');
  const topic = topicsOf(world, account, region).get(name);
  if (topic === undefined) throw new Error(`the sandbox has no topic ${arn}`);
  return topic.messages;
}
