import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';

const page = resolve(import.meta.dirname, '../../../../docs/testing.md');

/** The rows of the page that name a test: its file, and its title. */
const rows = [...readFileSync(page, 'utf8').matchAll(/^\|[^|]*\| \[[^\]]+\]\(([^)]+\.ts)\) \| (.+) \|$/gm)].map(
  ([, file = '', title = '']) => ({ file, title }),
);

test('the page names many tests', () => {
  expect(rows.length).toBeGreaterThan(70);
});

test.each(rows)('a test that the page names is there: $title', ({ file, title }) => {
  const source = readFileSync(resolve(dirname(page), file), 'utf8').replaceAll("\\'", "'");
  expect(source).toContain(title);
});
