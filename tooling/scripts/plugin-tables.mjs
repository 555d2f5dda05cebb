// The table of permissions in the README of each plugin, from the manifest that is published with it. After a build.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { keep, root } from './markdown.mjs';

for (const file of globSync('packages/*/dist/manifest.json', { cwd: root })) {
  const { grants } = JSON.parse(readFileSync(join(root, file), 'utf8'));
  keep(join(root, dirname(dirname(file)), 'README.md'), 'permissions', tableOf(grants));
}

function tableOf(grants) {
  // Two denies that share a grant name it twice.
  const rows = [...new Set(grants.map(rowOf))].toSorted((a, b) => rank(a) - rank(b));
  return ['| to | why | permissions |', '|---|---|---|', ...rows].join('\n');
}

function rowOf({ sessions, actions, why, optional }) {
  const [first, ...rest] = actions;
  const service = first.slice(0, first.indexOf(':') + 1);
  const names = [first, ...rest.map((action) => (action.startsWith(service) ? action.slice(service.length) : action))];
  const without = optional === undefined ? '' : `. Optional: without it, ${optional}`;
  return `| ${sessions.join(', ')} | ${why}${without} | ${names.map((name) => `\`${name}\``).join(', ')} |`;
}

function rank(row) {
  return ['| contain, release |', '| contain |', '| release |'].findIndex((start) => row.startsWith(start));
}
