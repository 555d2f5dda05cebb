/** Runs calls of one key one after another, and those of different keys side by side. */
export type Queue = <T>(key: Promise<string>, call: () => Promise<T>) => Promise<T>;

/**
 * Two calls of one process on one record cannot be told apart by the ledger, which knows owners: they must not run at once.
 */
export function queueByKey(): Queue {
  const last = new Map<string, Promise<unknown>>();
  return async (key, call) => {
    const name = await key;
    const before = last.get(name);
    const mine = before === undefined ? call() : before.then(call, call);
    last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}
