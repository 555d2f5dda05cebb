// publint on each public package, as it would be packed; no file in it that has no source or serves tests; no dependency on one exact
// version. After a build.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { root } from './markdown.mjs';

const workspace = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
const catalog = new Map([...workspace.matchAll(/^ {2}"?([^":\s]+)"?: (\S+)$/gm)].map(([, name, version]) => [name, version]));

for (const file of globSync('{packages,apps}/*/package.json', { cwd: root })) {
  const pkg = JSON.parse(readFileSync(join(root, file), 'utf8'));
  if (pkg.private === true) continue;
  const folder = join(root, dirname(file));
  for (const [name, version] of Object.entries(pkg.dependencies ?? {})) {
    if (version !== 'catalog:' || catalog.get(name)?.startsWith('^')) continue;
    console.error(
      `${pkg.name}: ${name} is one exact version: users would get a second copy. Give it a caret in pnpm-workspace.yaml.`,
    );
    process.exitCode = 1;
  }
  for (const built of globSync('dist/**/*.js', { cwd: folder })) {
    const source = built.replace(/^dist/, 'src').replace(/\.js$/, '.ts');
    if (existsSync(join(folder, source)) && !/\.test\.ts$|[\\/]testing[\\/]/.test(source)) continue;
    console.error(`${pkg.name}: ${built} does not belong into the package. Remove ${join(folder, 'dist')}, and build again.`);
    process.exitCode = 1;
  }
  const { messages } = await publint({ pkgDir: folder, pack: 'pnpm', strict: true });
  for (const message of messages) {
    console.error(`${pkg.name}: ${formatMessage(message, pkg)}`);
    process.exitCode = 1;
  }
}
