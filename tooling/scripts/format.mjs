// Generated TypeScript as the formatter of this repository writes it.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './markdown.mjs';

/** @param file what the text is to be, for the formatter */
export function format(file, text) {
  const biome = join(root, 'node_modules/.bin/biome');
  return execFileSync(biome, ['format', `--stdin-file-path=${file}`], { cwd: root, input: text, encoding: 'utf8' });
}
