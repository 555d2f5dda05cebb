/** What a store holds under a key. */
export interface StoredObject {
  readonly body: string;
  /** Stands for exactly this body under this key. Opaque; given back as the condition of the next write. */
  readonly tag: string;
}

/** What must be true at the moment of a write: that nothing is there, or that what is there still has this tag. */
type PutCondition = { readonly absent: true } | { readonly tag: string };

export interface WriteOptions {
  /**
   * Milliseconds since 1970, by the store's clock: no attempt is started that could take effect later. Where time is up, StoreDeadline
   * is thrown and nothing was written by that attempt.
   */
  readonly notAfter?: number;
}

/**
 * Compare-and-swap storage of small JSON texts.
 *
 * Every body written under a key must be unlike all bodies before it there (it carries a nonce): the tag may be made from the body,
 * and a write whose answer was lost is recognised by its body.
 *
 * Keys are `a-z 0-9 . _ -` in segments joined by `/`; another key is a mistake of the caller and a RangeError. A key may be written
 * again after it was deleted.
 *
 * All methods throw StoreFault where the store itself is at fault.
 */
export interface ObjectStore {
  /** For messages: `file:/home/alice/.local/state/entity-lockdown`, `s3://bucket/prefix`. */
  readonly location: string;
  get(key: string): Promise<StoredObject | undefined>;
  /**
   * Writes if the condition holds, and answers the new tag. It is durable then. Throws StoreConflict where the condition does not
   * hold, StoreDeadline where time is up.
   */
  put(key: string, body: string, condition: PutCondition, options?: WriteOptions): Promise<string>;
  /** Deletes what has this tag. Throws StoreConflict where it is not there or has another, StoreDeadline where time is up. */
  delete(key: string, condition: { readonly tag: string }, options?: WriteOptions): Promise<void>;
  /** The keys that begin with the prefix, in the order of their characters. */
  list(prefix: string): Promise<readonly string[]>;
}

/** The condition of a write did not hold: somebody else wrote. Read again, and decide again. */
export class StoreConflict extends Error {
  override readonly name = 'StoreConflict';
  readonly key: string;
  /** True where an earlier attempt got no answer: it may have been written, and written over since. Else nothing was written. */
  readonly unanswered: boolean;

  constructor(key: string, location: string, unanswered = false) {
    super(`${key} in ${location} was changed by somebody else`);
    this.key = key;
    this.unanswered = unanswered;
  }
}

/** The time that was given for a write is up. */
export class StoreDeadline extends Error {
  override readonly name = 'StoreDeadline';
  readonly key: string;
  /** True where an earlier attempt got no answer, and may still take effect. */
  readonly unanswered: boolean;

  constructor(key: string, location: string, unanswered = false) {
    super(`the time to write ${key} in ${location} is up`);
    this.key = key;
    this.unanswered = unanswered;
  }
}

/** What is the matter with a store. Each is printed in messages and `--json`: never rename one. */
export type StoreFaultCode =
  /** What is stored is not what was written. */
  | 'damaged'
  /** It is not ours: other files, or objects of another program. */
  | 'foreign'
  /** Written by a newer version of this program. */
  | 'newer'
  /** Others could change it. */
  | 'not-private'
  | 'read-only'
  | 'no-permission'
  | 'no-space'
  /** The place named cannot be a store. */
  | 'unsuitable'
  /** No answer, or one that says to come again later. */
  | 'unreachable';

/** The store itself is at fault. Nothing that was acknowledged is lost by it. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
  readonly code: StoreFaultCode;
  /** What to do about it: a sentence for a person. */
  readonly next: string;
  /** True where a write got no answer: it may have taken effect, or may still. */
  readonly unanswered: boolean;

  constructor(
    code: StoreFaultCode,
    message: string,
    next: string,
    options: { readonly cause?: unknown; readonly unanswered?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.next = next;
    this.unanswered = options.unanswered ?? false;
  }
}

// Segments never begin with a dot, so that no key leaves its folder or hides in it; 200 characters fit every file system's names.
const segment = '[a-z0-9_-][a-z0-9._-]{0,199}';
const keyPattern = new RegExp(`^${segment}(/${segment}){0,3}$`);
const prefixPattern = new RegExp(`^(${segment}/){0,3}(${segment})?$`);

export function isKey(key: string): boolean {
  return keyPattern.test(key);
}

/** Throws a RangeError for what is not a key. */
export function checkKey(key: string): void {
  if (!isKey(key)) throw new RangeError(`not a key of a store: ${JSON.stringify(key.slice(0, 100))}`);
}

/** Throws a RangeError for what no key can begin with. */
export function checkPrefix(prefix: string): void {
  if (!prefixPattern.test(prefix)) throw new RangeError(`not a prefix of a store: ${JSON.stringify(prefix.slice(0, 100))}`);
}
