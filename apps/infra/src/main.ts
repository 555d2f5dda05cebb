// Writes the two templates into dist/templates: node dist/main.js [ZIP]. The plugin set is what this package depends on; the zip is the
// responder's, made with the same plugins.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { discover } from '@entity-lockdown/core';
import { synthesize } from './synthesize.ts';
import { templateText } from './template-text.ts';

const here = fileURLToPath(new URL('..', import.meta.url));
const zip = process.argv[2] ?? fileURLToPath(new URL('../../responder/dist/responder.zip', import.meta.url));
if (!existsSync(zip)) {
  console.error(`There is no ${zip}. Make it first (npx --yes pnpm@12 package), or name another.`);
  process.exit(1);
}
const { plugins } = await discover([here]);
const { securityAccount, memberAccount } = synthesize(
  plugins.map(({ manifest }) => manifest),
  createHash('sha256').update(readFileSync(zip)).digest('hex'),
);
const folder = `${here}dist/templates`;
mkdirSync(folder, { recursive: true });
for (const [name, template] of Object.entries({ 'entity-lockdown': securityAccount, 'entity-lockdown-member': memberAccount })) {
  const file = `${folder}/${name}.template.json`;
  writeFileSync(file, templateText(template));
  console.log(file);
}
