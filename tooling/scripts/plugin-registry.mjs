// The registry of an app that is bundled: the plugins among the dependencies in its package.json, with their manifests as data and their
// code behind a dynamic import. After a build. With --check, only says whether it is up to date.
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from './format.mjs';
import { root } from './markdown.mjs';

/** `apps/responder` where none is named. A folder outside the repository can be named, as a test does. */
const app = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? join(root, 'apps/responder');
const file = join(app, 'src/registry.ts');

const { dependencies } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'));
const plugins = Object.keys(dependencies).toSorted().flatMap(pluginOf);

function pluginOf(name) {
  const folder = realpathSync(join(app, 'node_modules', name));
  const { version, entityLockdown } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (entityLockdown === undefined) return [];
  const manifest = JSON.parse(readFileSync(join(folder, entityLockdown.manifest), 'utf8'));
  return [{ name, version, manifest }];
}

const text = format(
  'registry.ts',
  `// Generated from the plugins among the dependencies in package.json: npx --yes pnpm@12 update-docs
import type { Registry } from '@entity-lockdown/core';

/** The plugins that this app contains entities with. Their code is loaded when an entity of theirs is asked for. */
export const registry: Registry = {
  plugins: [
${plugins
  .map(
    ({ name, version, manifest }) => `    {
      manifest: ${JSON.stringify(manifest)},
      package: { name: '${name}', version: '${version}' },
      load: async () => (await import('${name}')).default,
    },`,
  )
  .join('\n')}
  ],
};
`,
);

const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
if (before !== text && process.argv.includes('--check')) {
  console.error(`${file} is out of date. Bring it up to date: npx --yes pnpm@12 update-docs`);
  process.exitCode = 1;
} else if (before !== text) {
  writeFileSync(file, text);
}
