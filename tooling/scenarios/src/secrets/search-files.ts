import fs from 'node:fs';
import { join } from 'node:path';
import { findSecret } from './find.ts';

/** Names of files and folders that have no output in them: an external id that a command is given, and code that Node.js compiled. */
const given = new Set(['external-id', 'entity-lockdown-compile-cache']);

/** Searches all files that tests left, and those that they removed. Their links are not followed: those lead to code. */
export function searchFiles(folder: string): { readonly found: readonly string[]; readonly files: number } {
  const found: string[] = [];
  let files = 0;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (given.has(entry.name)) continue;
    if (entry.isDirectory()) {
      const below = searchFiles(path);
      found.push(...below.found);
      files += below.files;
    } else if (entry.isFile()) {
      files += 1;
      const secret = findSecret(`${path}\n${fs.readFileSync(path, 'latin1')}`);
      if (secret !== undefined) found.push(`the file ${path}: ${secret}`);
    }
  }
  return { found, files };
}
