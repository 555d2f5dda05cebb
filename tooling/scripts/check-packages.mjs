// publint on each public package, as it would be packed. After a build.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { root } from './markdown.mjs';

for (const file of globSync('{packages,apps}/*/package.json', { cwd: root })) {
  const pkg = JSON.parse(readFileSync(join(root, file), 'utf8'));
  if (pkg.private === true) continue;
  const { messages } = await publint({ pkgDir: join(root, dirname(file)), pack: 'pnpm', strict: true });
  for (const message of messages) {
    console.error(`${pkg.name}: ${formatMessage(message, pkg)}`);
    process.exitCode = 1;
  }
}
