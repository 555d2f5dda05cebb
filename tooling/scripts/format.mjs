// Generated TypeScript as the formatter of this repository writes it.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './markdown.mjs';

/** @param name of a file, for what the text is; of no folder, since the formatter knows none outside of this repository */
export function format(name, text) {
  const biome = join(root, 'node_modules/.bin/biome');
  return execFileSync(biome, ['format', `--stdin-file-path=${name}`], { cwd: root, input: text, encoding: 'utf8' });
}
