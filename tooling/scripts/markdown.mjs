// What the scripts that keep the documentation in step have in common.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
export function withBlock(text, name, block) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`There is no ${begin} ... ${end}.`);
  return `${text.slice(0, from + begin.length)}\n\n${block}\n\n${text.slice(to)}`;
}

/**
 * Brings a generated part of a file up to date, or with `--check` only says whether it is.
 *
 * @param same whether two texts of the file say the same
 */
export function keep(file, name, block, same = (a, b) => a === b) {
  const before = readFileSync(file, 'utf8');
  const after = withBlock(before, name, block);
  if (same(before, after)) return;
  if (!process.argv.includes('--check')) {
    writeFileSync(file, after);
    return;
  }
  console.error(`${file}: the part "${name}" is out of date. Bring it up to date: npx --yes pnpm@12 update-docs`);
  process.exitCode = 1;
}
