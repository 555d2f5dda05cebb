import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { type FaultProxy, type Faults, type Moto, type ProxiedRequest, startFaultProxy, startMoto } from '@entity-lockdown/moto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ObjectStore, StoreConflict, StoreDeadline, StoreFault } from './object-store.ts';
import { s3Store } from './s3-store.ts';
import { idsIn } from './testing/add-once.ts';
import { describeStore } from './testing/describe-store.ts';
import { bucket, motoBucket, motoClient } from './testing/moto-bucket.ts';

let moto: Moto;
let places = 0;
beforeAll(async () => {
  moto = await startMoto();
  await motoClient(moto.endpoint).send(new CreateBucketCommand({ Bucket: bucket }));
});
afterAll(() => moto.stop());

describeStore(
  'a store in a bucket',
  async () => {
    places += 1;
    const prefix = `place-${places}`;
    return { open: ({ now }) => motoBucket(moto.endpoint, { now, prefix }) };
  },
  { runs: 8 },
);

let proxy: FaultProxy | undefined;
let store: ObjectStore;
let prefix: string;
beforeEach(() => {
  places += 1;
  prefix = `place-${places}`;
  store = motoBucket(moto.endpoint, { prefix });
});
afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
});

/** A store that is reached through faults. */
async function faulty(faults: Faults, options: Parameters<typeof motoBucket>[1] = {}): Promise<ObjectStore> {
  proxy = await startFaultProxy(moto.endpoint, faults);
  return motoBucket(proxy.endpoint, { prefix, ...options });
}

const isWrite = ({ method }: ProxiedRequest): boolean => method === 'PUT' || method === 'DELETE';

/** Once, for the first write. */
function first<T>(fault: T): (request: ProxiedRequest) => T | undefined {
  let left = 1;
  return (request) => (isWrite(request) && left-- > 0 ? fault : undefined);
}

it('lists more than a page', async () => {
  const keys = Array.from({ length: 1_001 }, (_, at) => `past/${String(at).padStart(5, '0')}`);
  for (let from = 0; from < keys.length; from += 30) {
    await Promise.all(keys.slice(from, from + 30).map((key) => store.put(key, `"${key}"`, { absent: true })));
  }
  expect(await store.list('past/')).toEqual(keys);
});

describe('a lost answer', () => {
  it.each([['cut' as const], [500], [503]])('(%s) of a write that took effect is a success all the same', async (lost) => {
    const through = await faulty({ after: first(lost) });
    const tag = await through.put('open/a', '1', { absent: true });
    expect(await store.get('open/a')).toEqual({ body: '1', tag });

    await proxy?.stop();
    const again = await faulty({ after: first(lost) });
    const second = await again.put('open/a', '2', { tag });
    expect(await store.get('open/a')).toEqual({ body: '2', tag: second });

    await proxy?.stop();
    await (await faulty({ after: first(lost) })).delete('open/a', { tag: second });
    expect(await store.get('open/a')).toBeUndefined();
  });

  it('is recognised without a second attempt, too', async () => {
    proxy = await startFaultProxy(moto.endpoint, { after: first('cut' as const) });
    const once = motoBucket(proxy.endpoint, { prefix, client: motoClient(proxy.endpoint, 1) });
    const tag = await once.put('open/a', '1', { absent: true });
    expect(await store.get('open/a')).toEqual({ body: '1', tag });
  });

  it('is a conflict that says so where somebody wrote over it meanwhile', async () => {
    const lose = first('cut' as const);
    const through = await faulty({
      async after(request) {
        const fault = lose(request);
        if (fault !== undefined) await store.put('open/a', 'theirs', { tag: (await store.get('open/a'))?.tag ?? '' });
        return fault;
      },
    });
    const error: unknown = await through.put('open/a', 'ours', { absent: true }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreConflict);
    expect(error).toMatchObject({ unanswered: true });
    expect((await store.get('open/a'))?.body).toBe('theirs');
  });

  it('and no answer ever after is a fault that says so', async () => {
    const through = await faulty({ before: ({ method }) => (method === 'GET' ? 'refuse' : undefined), after: () => 'cut' });
    const error: unknown = await through.put('open/a', '1', { absent: true }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreFault);
    expect(error).toMatchObject({ code: 'unreachable', unanswered: true });
    expect((await store.get('open/a'))?.body).toBe('1');
  });
});

describe('a refusal', () => {
  it('by 409 is tried again, under the same condition', async () => {
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html#conditional-error-response
    const through = await faulty({ before: first(409) });
    const tag = await through.put('open/a', '1', { absent: true });
    expect(await store.get('open/a')).toEqual({ body: '1', tag });
    expect(proxy?.requests.map(({ method, headers }) => [method, headers['if-none-match']])).toEqual([
      ['PUT', '*'],
      ['PUT', '*'],
    ]);
  });

  it('by 409 without end is a fault, and wrote nothing', async () => {
    const through = await faulty({ before: (request) => (isWrite(request) ? 409 : undefined) });
    await expect(through.put('open/a', '1', { absent: true })).rejects.toMatchObject({ code: 'unreachable', unanswered: false });
    expect(await store.get('open/a')).toBeUndefined();
  });

  it('by 503 is tried again', async () => {
    const through = await faulty({ before: first(503) });
    await through.put('open/a', '1', { absent: true });
    expect((await store.get('open/a'))?.body).toBe('1');
  });
});

describe('a deadline', () => {
  it('is looked at for every attempt, those of the SDK too', async () => {
    let clock = 0;
    const through = await faulty(
      {
        before(request) {
          if (!isWrite(request)) return undefined;
          clock += 4_000;
          return 503;
        },
      },
      { now: () => clock, attemptMs: 5_000 },
    );
    const error: unknown = await through
      .put('open/a', '1', { absent: true }, { notAfter: 8_000 })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreDeadline);
    expect(error).toMatchObject({ unanswered: true });
    expect(proxy?.requests.filter(isWrite)).toHaveLength(1);
  });

  it('leaves room for the attempt to end', async () => {
    const through = await faulty({}, { now: () => 1_000, attemptMs: 5_000 });
    await expect(through.put('open/a', '1', { absent: true }, { notAfter: 5_999 })).rejects.toThrow(StoreDeadline);
    expect(proxy?.requests).toEqual([]);
  });

  it('ends an attempt that takes too long', async () => {
    let answer = (): void => undefined;
    const hanging = new Promise<undefined>((resolve) => {
      answer = () => resolve(undefined);
    });
    const through = await faulty({ before: (request) => (isWrite(request) ? hanging : undefined) }, { attemptMs: 100 });
    const error: unknown = await through.put('open/a', '1', { absent: true }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'unreachable', unanswered: true });
    answer();
  });
});

describe('eight processes', () => {
  it('lose no update', async () => {
    const ids = await addFromEight(moto.endpoint, 12);
    expect(new Set(ids).size).toBe(8 * 12);
    expect(ids).toHaveLength(8 * 12);
  });

  it('lose no update, and make none twice, where every sixth answer is lost', async () => {
    let writes = 0;
    proxy = await startFaultProxy(moto.endpoint, {
      after(request, status) {
        if (!isWrite(request) || status !== 200) return undefined;
        writes += 1;
        return writes % 6 === 0 ? 'cut' : writes % 6 === 3 ? 500 : undefined;
      },
    });
    const ids = await addFromEight(proxy.endpoint, 8);
    expect(new Set(ids).size).toBe(8 * 8);
    expect(ids).toHaveLength(8 * 8);
    expect(writes).toBeGreaterThanOrEqual(8 * 8);
  });
});

async function addFromEight(endpoint: string, times: number): Promise<string[]> {
  const shared = motoBucket(moto.endpoint);
  const before = await shared.get('ledger');
  if (before !== undefined) await shared.delete('ledger', { tag: before.tag });
  const program = fileURLToPath(new URL('./testing/adding-process.ts', import.meta.url));
  const children: ChildProcess[] = Array.from({ length: 8 }, (_, by) =>
    spawn(process.execPath, ['--conditions=@entity-lockdown/source', program, 's3', endpoint, `${by}`, `${times}`], {
      stdio: 'inherit',
    }),
  );
  for (const [code] of await Promise.all(children.map((child) => once(child, 'close')))) expect(code).toBe(0);
  return idsIn((await shared.get('ledger'))?.body ?? '[]');
}

describe('a bucket at fault', () => {
  const faultOf = async (at: ObjectStore): Promise<unknown> => {
    const answers = await Promise.allSettled([at.get('open/a'), at.put('open/a', '1', { absent: true }), at.list('')]);
    const codes = answers.map((answer) => {
      if (answer.status === 'fulfilled' || !(answer.reason instanceof StoreFault)) return answer;
      expect(answer.reason.message).toContain(at.location);
      expect(answer.reason.next).toMatch(/^[A-Z].+\.$/);
      return answer.reason.code;
    });
    expect(new Set(codes).size).toBe(1);
    return codes[0];
  };

  it('is told where there is none', async () => {
    expect(await faultOf(motoBucket(moto.endpoint, { bucket: 'nobody-made-this' }))).toBe('unsuitable');
  });

  it('is told where nothing answers', async () => {
    const gone = await startFaultProxy(moto.endpoint, {});
    await gone.stop();
    expect(await faultOf(motoBucket(gone.endpoint, { client: motoClient(gone.endpoint, 1) }))).toBe('unreachable');
  });

  it('is told where the credentials are not known, or are denied', async () => {
    await moto.enforcePolicies(true);
    expect(await faultOf(store)).toBe('no-permission');
    await moto.enforcePolicies(false);
  });

  it('is told where it may not be used', async () => {
    expect(await faultOf(await faulty({ before: () => 403 }))).toBe('no-permission');
  });
});

it('names its owner in every request', async () => {
  const through = await faulty({}, { expectedBucketOwner: '123456789012' });
  const tag = await through.put('open/a', '1', { absent: true });
  await through.get('open/a');
  await through.list('');
  await through.delete('open/a', { tag });
  expect(new Set(proxy?.requests.map(({ headers }) => headers['x-amz-expected-bucket-owner']))).toEqual(
    new Set(['123456789012']),
  );
});

it('is named as it is given on the command line', () => {
  const client = motoClient(moto.endpoint);
  expect(s3Store({ client, bucket: 'b' }).location).toBe('s3://b');
  expect(s3Store({ client, bucket: 'b', prefix: '/a/b/' }).location).toBe('s3://b/a/b');
});
