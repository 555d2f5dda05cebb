import type { World } from '../world.ts';

export interface StoredObject {
  readonly body: Uint8Array;
  readonly etag: string;
  readonly modified: number;
  readonly contentType?: string;
  readonly metadata?: { readonly [key: string]: string };
}

export interface Bucket {
  readonly name: string;
  /** Its owner. */
  readonly account: string;
  readonly region: string;
  readonly created: number;
  readonly objects: Map<string, StoredObject>;
  policy?: string;
}

/** Buckets by name, which is unique in a partition. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function bucketsOf(world: World, partition: string): Map<string, Bucket> {
  return world.slot<{ readonly buckets: Map<string, Bucket> }>('s3', partition, '', () => ({ buckets: new Map() })).buckets;
}

export function bucketNamed(world: World, partition: string, name: string): Bucket | undefined {
  return bucketsOf(world, partition).get(name);
}
