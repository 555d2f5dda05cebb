import { type ObjectStore, StoreConflict } from '../object-store.ts';

/** Adds an id to the list under `ledger`, unless it is there, however many others do so at once. */
export async function addOnce(store: ObjectStore, id: string): Promise<void> {
  for (;;) {
    const there = await store.get('ledger');
    const ids = there === undefined ? [] : idsIn(there.body);
    if (ids.includes(id)) return;
    try {
      await store.put('ledger', JSON.stringify([...ids, id]), there === undefined ? { absent: true } : { tag: there.tag });
      return;
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
}

export function idsIn(body: string): string[] {
  return JSON.parse(body) as string[];
}
