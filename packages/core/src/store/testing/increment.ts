import { type ObjectStore, StoreConflict } from '../object-store.ts';

/** Adds one to the count under `ledger`, however many others do so at once. */
export async function increment(store: ObjectStore, by: string): Promise<void> {
  for (;;) {
    const there = await store.get('ledger');
    const count = there === undefined ? 0 : countOf(there.body);
    const body = JSON.stringify({ count: count + 1, by });
    try {
      await store.put('ledger', body, there === undefined ? { absent: true } : { tag: there.tag });
      return;
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
}

export function countOf(body: string): number {
  return (JSON.parse(body) as { count: number }).count;
}
