import { S3Client } from '@aws-sdk/client-s3';
import type { ObjectStore } from '../object-store.ts';
import { type S3StoreOptions, s3Store } from '../s3-store.ts';

/** The bucket that the tests on moto store in. */
export const bucket = 'ledger-111122223333';

/** Milliseconds: moto on a busy machine is no measure of S3. */
const patient = 60_000;

/** A store in moto's bucket, by way of an endpoint. */
export function motoBucket(endpoint: string, options: Partial<S3StoreOptions> = {}): ObjectStore {
  return s3Store({
    client: motoClient(endpoint),
    bucket,
    prefix: 'lockdown',
    sleep: async () => undefined,
    attemptMs: patient,
    ...options,
  });
}

export function motoClient(endpoint: string, maxAttempts = 3): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
}
