// Every link from one page of the repository to another leads to a file, and to a heading of it where it names one.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { root } from './markdown.mjs';

const pages = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md', 'apps/*/README.md'], { cwd: root });

for (const page of pages) {
  const text = withoutCode(readFileSync(join(root, page), 'utf8'));
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path, heading] = target.split('#');
    const file = path === '' ? join(root, page) : resolve(root, dirname(page), path);
    if (!existsSync(file)) complain(page, target, `there is no ${relative(root, file)}`);
    else if (heading !== undefined && !headingsOf(file).includes(heading)) complain(page, target, 'there is no such heading');
  }
}

function complain(page, target, why) {
  console.error(`${page}: the link ${target} leads nowhere: ${why}.`);
  process.exitCode = 1;
}

function withoutCode(text) {
  return text.replaceAll(/^```.*?^```/gms, '');
}

/** As GitHub makes the names of headings: https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links */
function headingsOf(file) {
  return [...withoutCode(readFileSync(file, 'utf8')).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
