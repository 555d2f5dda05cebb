// The function as it is deployed: dist/responder.zip and its hash, or those in the folder that is named. The same sources make the same
// bytes.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { zipSync } from 'fflate';
import { builtins } from './bundle-builtins.mjs';
import { credentials } from './bundle-credentials.mjs';
import { schemas } from './bundle-schemas.mjs';

const here = import.meta.dirname;
const dist = resolve(process.argv[2] ?? join(here, 'dist'));
const root = join(here, '../..');

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const { outputFiles, metafile } = await build({
  entryPoints: { index: join(here, 'src/handler.ts') },
  absWorkingDir: root,
  outdir: join(dist, 'bundle'),
  bundle: true,
  write: false,
  metafile: true,
  // One file for each plugin and each client of AWS: what an entity does not need is not loaded.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  // `module` is esbuild's own, unless others are given: ES modules, of which only what is used is kept.
  // https://esbuild.github.io/api/#conditions
  conditions: ['@entity-lockdown/source', 'module'],
  plugins: [builtins, credentials, schemas],
  outExtension: { '.js': '.mjs' },
  minify: true,
  // Errors are told apart by their names.
  keepNames: true,
  legalComments: 'none',
  logLevel: 'warning',
});

const files = outputFiles.toSorted((a, b) => (a.path < b.path ? -1 : 1));
/** The first time that a zip file can tell, whatever the time zone. */
const mtime = new Date(1980, 0, 1);
const zipped = zipSync(Object.fromEntries(files.map(({ path, contents }) => [relative(join(dist, 'bundle'), path), contents])), {
  level: 9,
  mtime,
  os: 3,
  attrs: 0o644 << 16,
});

mkdirSync(join(dist, 'bundle'), { recursive: true });
for (const { path, contents } of files) writeFileSync(path, contents);
writeFileSync(join(dist, 'metafile.json'), JSON.stringify(metafile));
const zip = join(dist, 'responder.zip');
writeFileSync(zip, zipped);
const hash = createHash('sha256').update(readFileSync(zip)).digest('hex');
writeFileSync(`${zip}.sha256`, `${hash}  responder.zip\n`);
console.log(`${relative(root, zip)}: ${files.length} files, ${Math.round(zipped.length / 1024)} KB, sha256 ${hash}`);
