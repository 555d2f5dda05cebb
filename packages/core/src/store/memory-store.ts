import { checkKey, checkPrefix, type ObjectStore, StoreConflict, StoreDeadline } from './object-store.ts';

/** One call on a store, as the hooks of a memory store see it. */
export interface StoreCall {
  readonly operation: 'get' | 'put' | 'delete' | 'list';
  /** The key, or the prefix of a list. */
  readonly key: string;
  /** The body of a put. */
  readonly body?: string;
}

export interface MemoryStoreOptions {
  /** What is held, by key. Stores that are given the same map are one store to several processes. */
  readonly objects?: Map<string, string>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /**
   * Awaited before the call takes effect: a scheduler's gate. Throwing makes the call fail without effect. The deadline is looked at
   * after it, in the same instant in which the call takes effect.
   */
  readonly before?: (call: StoreCall) => Promise<void> | void;
  /** Awaited between the effect and the answer. Throwing is a lost answer: the call took effect, and its caller does not know. */
  readonly after?: (call: StoreCall) => Promise<void> | void;
}

/**
 * A store in memory, for the sandbox and for tests. Its tags are made from the body alone, as those of S3 are: whoever writes the same
 * body twice is found out by it.
 */
export function memoryStore(options: MemoryStoreOptions = {}): ObjectStore {
  const { objects = new Map<string, string>(), now = Date.now, before, after } = options;
  const location = 'memory:';

  async function call<T>(what: StoreCall, effect: () => T): Promise<T> {
    if (before !== undefined) await before(what);
    const answer = effect();
    if (after !== undefined) await after(what);
    return answer;
  }

  function inTime(key: string, notAfter: number | undefined): void {
    if (notAfter !== undefined && now() > notAfter) throw new StoreDeadline(key, location);
  }

  return {
    location,

    async get(key) {
      checkKey(key);
      return call({ operation: 'get', key }, () => {
        const body = objects.get(key);
        return body === undefined ? undefined : { body, tag: tagOf(body) };
      });
    },

    async put(key, body, condition, { notAfter } = {}) {
      checkKey(key);
      return call({ operation: 'put', key, body }, () => {
        inTime(key, notAfter);
        const there = objects.get(key);
        const holds = 'absent' in condition ? there === undefined : there !== undefined && tagOf(there) === condition.tag;
        if (!holds) throw new StoreConflict(key, location);
        objects.set(key, body);
        return tagOf(body);
      });
    },

    async delete(key, { tag }, { notAfter } = {}) {
      checkKey(key);
      return call({ operation: 'delete', key }, () => {
        inTime(key, notAfter);
        const there = objects.get(key);
        if (there === undefined || tagOf(there) !== tag) throw new StoreConflict(key, location);
        objects.delete(key);
      });
    },

    async list(prefix) {
      checkPrefix(prefix);
      return call({ operation: 'list', key: prefix }, () => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort());
    },
  };
}

function tagOf(body: string): string {
  return `=${body}`;
}
