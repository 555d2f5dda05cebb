// A process of its own that adds to the list in a store: `folder|s3 FOLDER-OR-ENDPOINT BY TIMES`.
import type { ObjectStore } from '../object-store.ts';
import { addOnce } from './add-once.ts';

const [kind, place = '', by = '', times = '0'] = process.argv.slice(2);
const store = await open();
for (let at = 0; at < Number(times); at += 1) await addOnce(store, `${by}-${at}`);

async function open(): Promise<ObjectStore> {
  if (kind === 'folder') return (await import('../folder-store.ts')).folderStore({ folder: place });
  return (await import('./moto-bucket.ts')).motoBucket(place);
}
