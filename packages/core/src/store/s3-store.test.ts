import { Readable } from 'node:stream';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { StoreConflict, StoreDeadline, StoreFault } from './object-store.ts';
import { s3Store } from './s3-store.ts';

/** What stands for S3, for what no server would answer twice: the answers in their order, and what was asked. */
interface Answer {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
}
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: { readonly [name: string]: string };
  readonly headers: { readonly [name: string]: string };
}

function storeWith(answers: readonly (Answer | Error)[], options: { readonly now?: () => number; readonly owner?: string } = {}) {
  const asked: Asked[] = [];
  const left = [...answers];
  const requestHandler = {
    async handle(request: Asked) {
      asked.push(request);
      const answer = left.shift();
      if (answer === undefined) throw new Error(`nothing was to be asked any more: ${request.method} ${request.path}`);
      if (answer instanceof Error) throw answer;
      const { status, headers = {}, body = '' } = answer;
      return { response: { statusCode: status, headers, body: Readable.from([Buffer.from(body)]) } };
    },
  };
  const client = new S3Client({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    maxAttempts: 1,
    requestHandler: requestHandler as unknown as NonNullable<S3ClientConfig['requestHandler']>,
  });
  const store = s3Store({
    client,
    bucket: 'ledger',
    prefix: 'p',
    sleep: async () => undefined,
    ...(options.now !== undefined && { now: options.now }),
    ...(options.owner !== undefined && { expectedBucketOwner: options.owner }),
  });
  return { store, asked };
}

const lost = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
const etag = { etag: '"1"' };
const fails = (status: number, code: string): Answer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<Error><Code>${code}</Code><Message>m</Message></Error>`,
});
const errorOf = (asked: Promise<unknown>): Promise<unknown> => asked.catch((error: unknown) => error);

test('an object without a tag is no object that could be replaced, and a fault', async () => {
  const { store } = storeWith([{ status: 200, body: '{}' }]);
  expect(await errorOf(store.get('open/a'))).toMatchObject({ name: 'StoreFault', code: 'unreachable' });
});

test('a write that is answered without a tag is a fault that leaves open whether it was made', async () => {
  const { store, asked } = storeWith([{ status: 200 }]);
  expect(await errorOf(store.put('open/a', '1', { absent: true }))).toMatchObject({
    name: 'StoreFault',
    code: 'unsuitable',
    unanswered: true,
  });
  expect(asked).toHaveLength(1);
});

test('keys that are none of a store are not listed', async () => {
  const contents = ['p/open/b', 'p/open/a', 'p/open/.hidden', 'p/open/UPPER', 'p/open/'].map(
    (key) => `<Contents><Key>${key}</Key></Contents>`,
  );
  const body = `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
  const { store } = storeWith([{ status: 200, headers: { 'content-type': 'application/xml' }, body }]);
  expect(await store.list('open/')).toEqual(['open/a', 'open/b']);
});

test('what is no key is asked of nobody', async () => {
  const { store, asked } = storeWith([]);
  for (const key of ['', '../a', 'A', 'a//b', 'a/'])
    for (const use of [store.get(key), store.put(key, '1', { absent: true }), store.delete(key, { tag: '"1"' })])
      await expect(use).rejects.toThrow(RangeError);
  await expect(store.list('../')).rejects.toThrow(RangeError);
  expect(asked).toEqual([]);
});

test('the owner is demanded of every request where one is expected, and of none else', async () => {
  const list = { status: 200, headers: { 'content-type': 'application/xml' }, body: '<ListBucketResult/>' };
  for (const owner of ['111122223333', undefined]) {
    const answers = [{ status: 200, headers: etag }, { status: 200, headers: etag, body: '1' }, list, { status: 204 }];
    const { store, asked } = storeWith(answers, owner === undefined ? {} : { owner });
    await store.put('open/a', '1', { absent: true });
    expect(await store.get('open/a')).toEqual({ body: '1', tag: '"1"' });
    await store.list('');
    await store.delete('open/a', { tag: '"1"' });
    expect(asked.map(({ headers }) => headers['x-amz-expected-bucket-owner'])).toEqual(answers.map(() => owner));
  }
});

test('a condition that does not hold is a conflict, and is not read back where there was an answer', async () => {
  for (const answer of [fails(412, 'PreconditionFailed'), fails(404, 'NoSuchKey')]) {
    const { store, asked } = storeWith([answer]);
    const error = await errorOf(store.put('open/a', '2', { tag: '"1"' }));
    expect(error).toBeInstanceOf(StoreConflict);
    expect(error).toMatchObject({ unanswered: false });
    expect(asked).toHaveLength(1);
  }
});

test('a refusal is not tried again, and leaves nothing open', async () => {
  const { store, asked } = storeWith([fails(403, 'AccessDenied')]);
  expect(await errorOf(store.put('open/a', '1', { absent: true }))).toMatchObject({ code: 'no-permission', unanswered: false });
  expect(asked).toHaveLength(1);
});

test('without an answer it is read back: the body tells whose it is', async () => {
  const ours = storeWith([lost, { status: 200, headers: etag, body: '2' }]);
  expect(await ours.store.put('open/a', '2', { absent: true })).toBe('"1"');
  const theirs = storeWith([lost, { status: 200, headers: etag, body: 'theirs' }]);
  const error = await errorOf(theirs.store.put('open/a', '2', { absent: true }));
  expect(error).toBeInstanceOf(StoreFault);
  expect(error).toMatchObject({ code: 'unreachable', unanswered: true });
  const gone = storeWith([lost, fails(404, 'NoSuchKey')]);
  await gone.store.delete('open/a', { tag: '"1"' });
  const there = storeWith([lost, { status: 200, headers: etag, body: '1' }]);
  expect(await errorOf(there.store.delete('open/a', { tag: '"1"' }))).toMatchObject({ code: 'unreachable', unanswered: true });
});

test('another write in the way is waited for, six times and no more', async () => {
  const busy = fails(409, 'ConditionalRequestConflict');
  const late = storeWith([busy, busy, busy, busy, busy, { status: 200, headers: etag }]);
  expect(await late.store.put('open/a', '1', { absent: true })).toBe('"1"');
  const never = storeWith(Array.from({ length: 6 }, () => busy));
  expect(await errorOf(never.store.put('open/a', '1', { absent: true }))).toMatchObject({
    code: 'unreachable',
    unanswered: false,
  });
  expect(never.asked).toHaveLength(6);
});

test('no attempt is made that could end after its time', async () => {
  const on = { status: 200, headers: etag };
  const inTime = storeWith([on], { now: () => 1_000 });
  expect(await inTime.store.put('open/a', '1', { absent: true }, { notAfter: 6_000 })).toBe('"1"');
  const late = storeWith([], { now: () => 1_001 });
  expect(await errorOf(late.store.put('open/a', '1', { absent: true }, { notAfter: 6_000 }))).toBeInstanceOf(StoreDeadline);
  expect(late.asked).toEqual([]);
});
