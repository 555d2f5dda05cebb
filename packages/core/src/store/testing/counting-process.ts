// A process of its own that adds to the count in a folder: `FOLDER BY TIMES`.
import { folderStore } from '../folder-store.ts';
import { increment } from './increment.ts';

const [folder = '', by = '', times = '0'] = process.argv.slice(2);
const store = folderStore({ folder });
for (let at = 0; at < Number(times); at += 1) await increment(store, `${by}-${at}`);
