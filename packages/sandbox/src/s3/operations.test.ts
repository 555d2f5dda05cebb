import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  NoSuchBucket,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from 'vitest';
import { awsError, createSandbox, type Sandbox } from '../index.ts';

const account = '111122223333';
const Bucket = 'ledger-1';

describe.each(['createClient', 'directClient'] as const)('through %s', (make) => {
  let sandbox: Sandbox;
  let s3: S3Client;

  beforeEach(async () => {
    sandbox = createSandbox({ accounts: [{ id: account }, { id: '444455556666' }], now: () => 0, checkAnswers: true });
    s3 = sandbox[make](S3Client, { region: 'eu-west-1', credentials: sandbox.credentials(`admin:${account}`), maxAttempts: 1 });
    await s3.send(new CreateBucketCommand({ Bucket }));
  });

  const text = async (Key: string) => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

  test('an object is stored and read back, whatever its body is made of', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: 'grüezi', Metadata: { k: 'v' } }));
    expect(await text('a/b')).toBe('grüezi');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: new TextEncoder().encode('bytes') }));
    expect(await text('a/b')).toBe('bytes');
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a/b' }));
    expect(head).toMatchObject({ ContentLength: 5, LastModified: new Date(0) });
    expect(head.ETag).toBe((await s3.send(new GetObjectCommand({ Bucket, Key: 'a/b' }))).ETag);
  });

  test('If-None-Match makes an object once', async () => {
    const put = () => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', IfNoneMatch: '*' }));
    await put();
    await expect(put()).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
  });

  test('If-Match replaces and deletes what was read, and nothing else', async () => {
    const { ETag: first } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '1' }));
    const { ETag: second } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '2', IfMatch: first }));
    const stale = [
      new PutObjectCommand({ Bucket, Key: 'k', Body: '3', IfMatch: first }),
      new DeleteObjectCommand({ Bucket, Key: 'k', IfMatch: first }),
    ] as const;
    await expect(s3.send(stale[0])).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(s3.send(stale[1])).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await text('k')).toBe('2');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', IfMatch: second }));
    await expect(text('k')).rejects.toBeInstanceOf(NoSuchKey);
    await expect(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '3', IfMatch: second }))).rejects.toMatchObject({
      name: 'NoSuchKey',
      $metadata: { httpStatusCode: 404 },
    });
    // Without a condition, deleting what is not there succeeds.
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  });

  test('lists have pages, prefixes and common prefixes', async () => {
    for (const Key of ['a/1', 'a/2', 'b/1', 'b/2', 'c']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    const keys: (string | undefined)[] = [];
    let pages = 0;
    for await (const page of paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket })) {
      pages += 1;
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
    }
    expect([pages, ...keys]).toEqual([3, 'a/1', 'a/2', 'b/1', 'b/2', 'c']);
    const some = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/', StartAfter: 'a/1' }));
    expect(some.Contents?.map(({ Key }) => Key)).toEqual(['a/2']);
    const top = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
    expect(top.CommonPrefixes).toEqual([{ Prefix: 'a/' }, { Prefix: 'b/' }]);
    expect(top.Contents?.map(({ Key }) => Key)).toEqual(['c']);
  });

  test('buckets: one name for all accounts', async () => {
    const stranger = sandbox[make](S3Client, { region: 'eu-west-1', credentials: sandbox.credentials('admin:444455556666') });
    await expect(stranger.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketAlreadyExists' });
    await expect(s3.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou' });
    await expect(stranger.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(s3.send(new ListObjectsV2Command({ Bucket: 'none' }))).rejects.toBeInstanceOf(NoSuchBucket);
    await expect(s3.send(new HeadBucketCommand({ Bucket: 'none' }))).rejects.toMatchObject({ name: 'NotFound' });
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({ name: 'NotFound' });
    expect((await s3.send(new ListBucketsCommand({}))).Buckets).toEqual([{ Name: Bucket, CreationDate: new Date(0) }]);
    expect((await stranger.send(new ListBucketsCommand({}))).Buckets).toEqual([]);
    await s3.send(new DeleteBucketCommand({ Bucket }));
    expect(sandbox.dump()).toEqual({});
  });

  test('the operation gets what the caller gave, not what the SDK makes of it for the wire', async () => {
    const inputs: object[] = [];
    sandbox.intercept({
      before(call) {
        inputs.push(call.input);
        return undefined;
      },
    });
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    expect(inputs).toEqual([
      { Bucket, Key: 'k', Body: 'x' },
      { Bucket, Key: 'k' },
    ]);
  });

  test('a conflict of conditional writes arrives as S3 says it', async () => {
    sandbox.intercept({ before: () => awsError('ConditionalRequestConflict', 'The conditional request cannot succeed.', 409) });
    await expect(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', IfNoneMatch: '*' }))).rejects.toMatchObject({
      name: 'ConditionalRequestConflict',
      $metadata: { httpStatusCode: 409 },
    });
  });
});
