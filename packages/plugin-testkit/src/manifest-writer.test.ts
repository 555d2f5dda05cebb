import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const command = fileURLToPath(new URL('../bin/entity-lockdown-manifest.js', import.meta.url));
const run = promisify(execFile);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifest-writer-'));
  await mkdir(join(folder, 'dist'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('the manifest is written as data beside its module', async () => {
  await writeFile(join(folder, 'dist/manifest.js'), `export const manifest = { api: 1, id: 'a.b', match: ['arn:' + 'x'] };`);
  await run(process.execPath, [command], { cwd: folder });
  expect(await readFile(join(folder, 'dist/manifest.json'), 'utf8')).toBe(
    '{\n  "api": 1,\n  "id": "a.b",\n  "match": [\n    "arn:x"\n  ]\n}\n',
  );
});

test.each([
  ['a package that is not compiled', undefined, /There is no .*manifest\.js\. Compile src\/manifest\.ts first/],
  ['a module without a manifest', 'export const other = 1;', /exports no "manifest"/],
])('%s fails with a sentence', async (_, module, says) => {
  if (module !== undefined) await writeFile(join(folder, 'dist/manifest.js'), module);
  await expect(run(process.execPath, [command], { cwd: folder })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(says),
  });
});
