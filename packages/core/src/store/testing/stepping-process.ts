// A process of its own that makes one write after another until it is killed, and says each on its standard output once the store
// has acknowledged it: `FOLDER FIRST-STEP`. Every fourth step deletes what the three before it wrote.
import { writeSync } from 'node:fs';
import { folderStore } from '../folder-store.ts';
import { bodyAfter, killedKey } from './steps.ts';

const [folder = '', first = '1'] = process.argv.slice(2);
const store = folderStore({ folder });
for (let step = Number(first); ; step += 1) {
  const there = await store.get(killedKey);
  const body = bodyAfter(step);
  if (body === undefined) await store.delete(killedKey, { tag: there?.tag ?? '' });
  else await store.put(killedKey, body, there === undefined ? { absent: true } : { tag: there.tag });
  writeSync(1, `${step}\n`);
}
