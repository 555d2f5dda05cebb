import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type * as S3 from '@aws-sdk/client-s3';
import { sdkStreamMixin } from '@smithy/core/serde';
import { type AwsError, awsError, type Call, type Demand, type Operation, type Operations } from '../operation.ts';
import { checkPolicy } from '../policy/document.ts';
import { type Bucket, bucketNamed, bucketsOf, type StoredObject } from './state.ts';

// Codes and statuses: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html

function operation<I, O extends object>(
  name: string,
  mutates: boolean,
  demands: (call: Call, input: I) => readonly Demand[],
  run: (call: Call, input: I) => O,
): Operation<I, O> {
  return { page: `https://docs.aws.amazon.com/AmazonS3/latest/API/API_${name}.html`, mutates, demands, run };
}

interface InBucket {
  readonly Bucket?: string | undefined;
  readonly Key?: string | undefined;
}

/** Demands of actions on a bucket. The names of operations and actions differ: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
function onBucket(...actions: string[]): (call: Call, input: InBucket) => readonly Demand[] {
  return ({ partition }, { Bucket }) => actions.map((action) => ({ action, resource: `arn:${partition}:s3:::${Bucket}` }));
}

function onObject(...actions: string[]): (call: Call, input: InBucket) => readonly Demand[] {
  return ({ partition }, { Bucket, Key }) =>
    actions.map((action) => ({ action, resource: `arn:${partition}:s3:::${Bucket}/${Key}` }));
}

function bucketOf(call: Call, { Bucket = '' }: InBucket): Bucket {
  const found = bucketNamed(call.world, call.partition, Bucket);
  if (found === undefined) throw awsError('NoSuchBucket', 'The specified bucket does not exist', 404);
  return found;
}

function objectOf(call: Call, input: InBucket): StoredObject {
  const found = bucketOf(call, input).objects.get(input.Key ?? '');
  if (found === undefined) throw awsError('NoSuchKey', 'The specified key does not exist.', 404);
  return found;
}

function failed(): AwsError {
  return awsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
}

function quoted(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

function bytesOf(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array();
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Uint8Array.from(body);
  throw new Error('the sandbox stores only texts and bytes, no streams');
}

function head(object: StoredObject): {
  ETag: string;
  ContentLength: number;
  LastModified: Date;
  ContentType?: string;
  Metadata?: { [key: string]: string };
} {
  return {
    ETag: object.etag,
    ContentLength: object.body.length,
    LastModified: new Date(object.modified),
    ContentType: object.contentType ?? 'application/octet-stream',
    Metadata: { ...object.metadata },
  };
}

function listed(key: string, { etag, body, modified }: StoredObject): S3._Object {
  return { Key: key, ETag: etag, Size: body.length, LastModified: new Date(modified), StorageClass: 'STANDARD' };
}

/** The operations of Amazon S3 that the sandbox knows, by name. Its reads are never late: https://aws.amazon.com/s3/consistency/ */
export const s3Operations: Operations = {
  CreateBucket: operation<S3.CreateBucketRequest, S3.CreateBucketOutput>(
    'CreateBucket',
    true,
    onBucket('s3:CreateBucket'),
    (call, input) => {
      const name = input.Bucket ?? '';
      if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
        throw awsError('InvalidBucketName', 'The specified bucket is not valid.', 400);
      const buckets = bucketsOf(call.world, call.partition);
      const taken = buckets.get(name);
      if (taken?.account === call.account)
        throw awsError(
          'BucketAlreadyOwnedByYou',
          'Your previous request to create the named bucket succeeded and you already own it.',
          409,
        );
      if (taken !== undefined) throw awsError('BucketAlreadyExists', 'The requested bucket name is not available.', 409);
      buckets.set(name, { name, account: call.account, region: call.region, created: call.now, objects: new Map() });
      return { Location: `/${name}` };
    },
  ),
  ListBuckets: operation<S3.ListBucketsRequest, S3.ListBucketsOutput>(
    'ListBuckets',
    false,
    () => [{ action: 's3:ListAllMyBuckets', resource: '*' }],
    (call) => ({
      Buckets: [...bucketsOf(call.world, call.partition).values()]
        .filter(({ account }) => account === call.account)
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, created }) => ({ Name: name, CreationDate: new Date(created) })),
    }),
  ),
  HeadBucket: operation<S3.HeadBucketRequest, S3.HeadBucketOutput>(
    'HeadBucket',
    false,
    onBucket('s3:ListBucket'),
    (call, input) => {
      const bucket = bucketNamed(call.world, call.partition, input.Bucket ?? '');
      if (bucket === undefined) throw awsError('NotFound', 'Not Found', 404);
      return { BucketRegion: bucket.region };
    },
  ),
  DeleteBucket: operation<S3.DeleteBucketRequest, object>('DeleteBucket', true, onBucket('s3:DeleteBucket'), (call, input) => {
    const bucket = bucketOf(call, input);
    if (bucket.objects.size > 0) throw awsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
    bucketsOf(call.world, call.partition).delete(bucket.name);
    return {};
  }),
  PutBucketPolicy: operation<S3.PutBucketPolicyRequest, object>(
    'PutBucketPolicy',
    true,
    onBucket('s3:PutBucketPolicy'),
    (call, input) => {
      const bucket = bucketOf(call, input);
      const document = input.Policy ?? '';
      const fault = checkPolicy(document, 'resource');
      if (fault !== undefined) throw awsError('MalformedPolicy', fault, 400);
      bucket.policy = document;
      return {};
    },
  ),
  GetBucketPolicy: operation<S3.GetBucketPolicyRequest, S3.GetBucketPolicyOutput>(
    'GetBucketPolicy',
    false,
    onBucket('s3:GetBucketPolicy'),
    (call, input) => {
      const { policy } = bucketOf(call, input);
      if (policy === undefined) throw awsError('NoSuchBucketPolicy', 'The bucket policy does not exist', 404);
      return { Policy: policy };
    },
  ),
  DeleteBucketPolicy: operation<S3.DeleteBucketPolicyRequest, object>(
    'DeleteBucketPolicy',
    true,
    onBucket('s3:DeleteBucketPolicy'),
    (call, input) => {
      delete bucketOf(call, input).policy;
      return {};
    },
  ),
  PutObject: operation<S3.PutObjectRequest, S3.PutObjectOutput>(
    'PutObject',
    true,
    // A write with If-Match needs to read too: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    (call, input) => onObject('s3:PutObject', ...(input.IfMatch === undefined ? [] : ['s3:GetObject']))(call, input),
    (call, input) => {
      const { objects } = bucketOf(call, input);
      const key = input.Key ?? '';
      const before = objects.get(key);
      if (input.IfNoneMatch === '*' && before !== undefined) throw failed();
      if (input.IfMatch !== undefined) {
        if (before === undefined) throw awsError('NoSuchKey', 'The specified key does not exist.', 404);
        if (quoted(input.IfMatch) !== before.etag) throw failed();
      }
      const body = bytesOf(input.Body);
      const etag = quoted(createHash('md5').update(body).digest('hex'));
      objects.set(key, {
        body,
        etag,
        modified: call.now,
        ...(input.ContentType !== undefined && { contentType: input.ContentType }),
        ...(input.Metadata !== undefined && { metadata: input.Metadata }),
      });
      return { ETag: etag };
    },
  ),
  GetObject: operation<S3.GetObjectRequest, S3.GetObjectOutput>('GetObject', false, onObject('s3:GetObject'), (call, input) => {
    const object = objectOf(call, input);
    if (input.IfMatch !== undefined && quoted(input.IfMatch) !== object.etag) throw failed();
    if (input.IfNoneMatch !== undefined && quoted(input.IfNoneMatch) === object.etag)
      throw awsError('NotModified', 'Not Modified', 304);
    return { ...head(object), Body: sdkStreamMixin(Readable.from([Buffer.from(object.body)], { objectMode: false })) };
  }),
  HeadObject: operation<S3.HeadObjectRequest, S3.HeadObjectOutput>(
    'HeadObject',
    false,
    onObject('s3:GetObject'),
    (call, input) => {
      const object = bucketNamed(call.world, call.partition, input.Bucket ?? '')?.objects.get(input.Key ?? '');
      // The answer to HEAD has no body, and so no code of its own.
      if (object === undefined) throw awsError('NotFound', 'Not Found', 404);
      return head(object);
    },
  ),
  DeleteObject: operation<S3.DeleteObjectRequest, S3.DeleteObjectOutput>(
    'DeleteObject',
    true,
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    (call, input) => onObject('s3:DeleteObject', ...(input.IfMatch === undefined ? [] : ['s3:GetObject']))(call, input),
    (call, input) => {
      const { objects } = bucketOf(call, input);
      const key = input.Key ?? '';
      const before = objects.get(key);
      if (input.IfMatch === '*' && before === undefined) throw failed();
      if (input.IfMatch !== undefined && input.IfMatch !== '*') {
        if (before === undefined) throw awsError('NoSuchKey', 'The specified key does not exist.', 404);
        if (quoted(input.IfMatch) !== before.etag) throw failed();
      }
      objects.delete(key);
      return {};
    },
  ),
  ListObjectsV2: operation<S3.ListObjectsV2Request, S3.ListObjectsV2Output>(
    'ListObjectsV2',
    false,
    (call, input) =>
      onBucket('s3:ListBucket')(call, input).map((demand) => ({ ...demand, context: { 's3:prefix': input.Prefix ?? '' } })),
    (call, input) => listObjects(bucketOf(call, input), input),
  ),
};

/** One page. Keys under one common prefix count as one: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html */
function listObjects(bucket: Bucket, input: S3.ListObjectsV2Request): S3.ListObjectsV2Output {
  const { Prefix = '', Delimiter, MaxKeys = 1_000, ContinuationToken, StartAfter = '' } = input;
  const after = ContinuationToken === undefined ? StartAfter : Buffer.from(ContinuationToken, 'base64').toString();
  const groups = new Map<string, S3._Object | undefined>();
  for (const [key, object] of bucket.objects) {
    if (!key.startsWith(Prefix)) continue;
    const cut = Delimiter === undefined || Delimiter === '' ? -1 : key.indexOf(Delimiter, Prefix.length);
    const name = cut === -1 ? key : key.slice(0, cut + (Delimiter ?? '').length);
    if (name > after) groups.set(name, cut === -1 ? listed(key, object) : undefined);
  }
  const names = [...groups.keys()].sort((a, b) => (a < b ? -1 : 1));
  const page = names.slice(0, Math.min(MaxKeys, 1_000));
  const last = page.at(-1);
  const more = names.length > page.length && last !== undefined;
  return {
    Name: bucket.name,
    Prefix,
    MaxKeys,
    KeyCount: page.length,
    IsTruncated: more,
    Contents: page.flatMap((name) => groups.get(name) ?? []),
    CommonPrefixes: page.filter((name) => groups.get(name) === undefined).map((name) => ({ Prefix: name })),
    ...(more && { NextContinuationToken: Buffer.from(last).toString('base64') }),
  };
}
