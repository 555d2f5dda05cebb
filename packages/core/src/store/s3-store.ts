import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { awsErrorCode } from '@entity-lockdown/plugin-api';
import {
  checkKey,
  checkPrefix,
  isKey,
  type ObjectStore,
  StoreConflict,
  StoreDeadline,
  type StoredObject,
  StoreFault,
  type WriteOptions,
} from './object-store.ts';
import { s3Fault, statusOf, wasRefused } from './s3-fault.ts';

export interface S3StoreOptions {
  /** Its retries and time-outs are used. It is not destroyed. */
  readonly client: S3Client;
  readonly bucket: string;
  /** What the keys of all objects begin with, without a slash at the end. Nothing else may be stored there. */
  readonly prefix?: string;
  /**
   * The account that must own the bucket: a bucket of that name which somebody else has made meanwhile is refused.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
   */
  readonly expectedBucketOwner?: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How long one attempt to write may take, in milliseconds: none is started later than that before a deadline. */
  readonly attemptMs?: number;
  /** Waits between attempts that met another write. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/**
 * A store in an S3 bucket: for an organization, from any machine.
 *
 * S3 compares and swaps by itself: a put with If-None-Match or If-Match, a delete with If-Match, answered by 412 where the condition
 * does not hold, 404 where the object is gone, and 409 where another write was under way, after which one tries again.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
 * Reads and lists after a write see it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel
 *
 * Where an attempt got no answer and the next one finds the condition broken, it may have been broken by the first: the object is read
 * back, and its body tells.
 */
export function s3Store(options: S3StoreOptions): ObjectStore {
  const { client, bucket, expectedBucketOwner, now = Date.now, attemptMs = 5_000, sleep = wait } = options;
  const prefix = options.prefix?.replace(/^\/+|\/+$/g, '') ?? '';
  const root = prefix === '' ? '' : `${prefix}/`;
  const location = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
  const owner = expectedBucketOwner === undefined ? {} : { ExpectedBucketOwner: expectedBucketOwner };
  const at = (key: string): { Bucket: string; Key: string } => ({ Bucket: bucket, Key: `${root}${key}`, ...owner });

  async function get(key: string): Promise<StoredObject | undefined> {
    checkKey(key);
    try {
      const { Body, ETag } = await client.send(new GetObjectCommand(at(key)));
      if (Body === undefined || ETag === undefined) throw new Error('S3 answered an object without body or ETag');
      return { body: await Body.transformToString('utf-8'), tag: ETag };
    } catch (error) {
      if (awsErrorCode(error) === 'NoSuchKey') return undefined;
      throw s3Fault(error, location, bucket, false);
    }
  }

  /**
   * Makes a conditional write, as often as another write gets in its way. `landed` reads back whether it took effect, and answers what
   * the write answers; it is asked only where an attempt got no answer.
   */
  async function write<T>(key: string, command: () => Watched, { notAfter }: WriteOptions, done: Outcome<T>): Promise<T> {
    const watch = { unanswered: false };
    for (let tries = 1; ; tries += 1) {
      const attempt = command();
      const stop = watchAttempts(attempt, watch, key, notAfter);
      try {
        return done.answered(await client.send(attempt as PutObjectCommand, { abortSignal: stop }));
      } catch (error) {
        const broken = statusOf(error) === 412 || awsErrorCode(error) === 'NoSuchKey';
        if (watch.unanswered) {
          const landed = await done.landed().catch(() => undefined);
          if (landed !== undefined) return landed;
        }
        if (error instanceof StoreDeadline || error instanceof StoreFault) throw error;
        if (broken) throw new StoreConflict(key, location, watch.unanswered);
        if (statusOf(error) !== 409 || tries === mostTries) throw s3Fault(error, location, bucket, watch.unanswered);
        await sleep(pause * 2 ** tries * (0.5 + Math.random() / 2));
      }
    }
  }

  /** Sees every attempt of a command, those that the SDK makes again by itself too; each is signed anew, and each could land. */
  function watchAttempts(
    command: Watched,
    watch: { unanswered: boolean },
    key: string,
    notAfter: number | undefined,
  ): AbortSignal {
    const stop = new AbortController();
    command.middlewareStack.addRelativeTo(
      (next: (args: object) => Promise<object>) => async (args: object) => {
        if (notAfter !== undefined && now() + attemptMs > notAfter) throw new StoreDeadline(key, location, watch.unanswered);
        const timer = setTimeout(() => stop.abort(), attemptMs);
        try {
          return await next(args);
        } catch (error) {
          if (!wasRefused(error)) watch.unanswered = true;
          throw error;
        } finally {
          clearTimeout(timer);
        }
      },
      { name: 'entityLockdownAttempt', relation: 'after', toMiddleware: 'retryMiddleware' },
    );
    return stop.signal;
  }

  return {
    location,
    get,

    async put(key, body, condition, options = {}) {
      checkKey(key);
      const demand = 'absent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.tag };
      return write(
        key,
        () =>
          new PutObjectCommand({
            ...at(key),
            ...demand,
            Body: new TextEncoder().encode(body),
            ContentType: 'application/json',
          }) as Watched,
        options,
        {
          answered: (output) => tagOf(output, location),
          async landed() {
            const there = await get(key);
            return there?.body === body ? there.tag : undefined;
          },
        },
      );
    },

    async delete(key, { tag }, options = {}) {
      checkKey(key);
      await write(key, () => new DeleteObjectCommand({ ...at(key), IfMatch: tag }) as Watched, options, {
        answered: () => true,
        landed: async () => ((await get(key)) === undefined ? true : undefined),
      });
    },

    async list(under) {
      checkPrefix(under);
      const keys: string[] = [];
      let from: string | undefined;
      try {
        do {
          const page: { ContinuationToken?: string } = from === undefined ? {} : { ContinuationToken: from };
          const answer = await client.send(
            new ListObjectsV2Command({ Bucket: bucket, Prefix: `${root}${under}`, ...owner, ...page }),
          );
          keys.push(...(answer.Contents ?? []).map(({ Key = '' }) => Key.slice(root.length)));
          from = answer.NextContinuationToken;
        } while (from !== undefined);
      } catch (error) {
        throw s3Fault(error, location, bucket, false);
      }
      return keys.filter(isKey).sort();
    },
  };
}

/** How the outcome of a write is learned: from its answer, or by reading back. */
interface Outcome<T> {
  answered(output: PutObjectCommandOutput): T;
  landed(): Promise<T | undefined>;
}

/** A command as far as it is needed to see its attempts. */
interface Watched {
  readonly middlewareStack: { addRelativeTo(middleware: unknown, options: object): void };
}

const mostTries = 6;
/** Milliseconds, doubled with each try. */
const pause = 25;

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function tagOf({ ETag }: PutObjectCommandOutput, location: string): string {
  if (ETag !== undefined) return ETag;
  throw new StoreFault('unsuitable', `${location} answered a write without an ETag`, 'Use a bucket of Amazon S3.', {
    unanswered: true,
  });
}
