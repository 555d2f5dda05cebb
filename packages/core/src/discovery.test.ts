import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Manifest } from '@entity-lockdown/plugin-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { discover, manifestFault } from './discovery.ts';
import { toyManifest } from './testing/toy-plugin.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'discovery-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Package {
  readonly packageJson?: object;
  readonly manifest?: object | string;
  /** The text of its files, by path. */
  readonly files?: { readonly [path: string]: string };
}

const source = (manifest: object = toyManifest): string =>
  `export default { $$type: 'entity-lockdown.plugin', manifest: ${JSON.stringify(manifest)} };`;

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** Installs a package in a host as pnpm does: a link in node_modules to a folder elsewhere. Its own dependencies are not the host's. */
async function install(
  name: string,
  { packageJson = {}, manifest = toyManifest, files }: Package,
  host = 'host',
): Promise<string> {
  const at = join(folder, 'store', name);
  const own = {
    name,
    version: '1.2.3',
    type: 'module',
    exports: './index.js',
    entityLockdown: { api: 1, manifest: './manifest.json' },
  };
  await write(join(at, 'package.json'), JSON.stringify({ ...own, ...packageJson }));
  await write(join(at, 'manifest.json'), typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  for (const [path, text] of Object.entries(files ?? { 'index.js': source(typeof manifest === 'string' ? {} : manifest) }))
    await write(join(at, path), text);
  const link = join(folder, host, 'node_modules', name);
  await mkdir(dirname(link), { recursive: true });
  await symlink(at, link);
  return at;
}

async function hostWith(...names: readonly string[]): Promise<string> {
  return await hostNamed('host', names);
}

async function hostNamed(host: string, names: readonly string[]): Promise<string> {
  const dependencies = Object.fromEntries(names.map((name) => [name, '*']));
  await write(join(folder, host, 'package.json'), JSON.stringify({ name: host, dependencies }));
  return join(folder, host);
}

describe('what is found', () => {
  test('direct dependencies with the field, sorted by id, and nothing of them is run', async () => {
    const loud = { 'index.js': 'throw new Error("it was run");' };
    const at = await install('@team/plugin-b', { manifest: { ...toyManifest, id: 'toy.b' }, files: loud });
    await install('plugin-a', { manifest: { ...toyManifest, id: 'toy.a' }, files: loud });
    await install('left-pad', { packageJson: { entityLockdown: undefined } });
    await install('not-a-dependency', { manifest: { ...toyManifest, id: 'toy.c' } });
    const { plugins } = await discover([await hostWith('plugin-a', '@team/plugin-b', 'left-pad')]);
    expect(plugins.map(({ manifest, package: of }) => [manifest.id, of.name, of.version])).toEqual([
      ['toy.a', 'plugin-a', '1.2.3'],
      ['toy.b', '@team/plugin-b', '1.2.3'],
    ]);
    expect(plugins[1]?.package.location).toBe(at);
  });

  test('a plugin found twice is taken from the first host', async () => {
    await install('first', {}, 'one');
    await install('second', {}, 'two');
    const hosts = [await hostNamed('one', ['first']), await hostNamed('two', ['second'])];
    expect((await discover(hosts)).plugins.map(({ package: of }) => of.name)).toEqual(['first']);
  });

  test('a package that does not export its package.json', async () => {
    await install('closed', { packageJson: { exports: { '.': './index.js' } } });
    expect((await discover([await hostWith('closed')])).plugins).toHaveLength(1);
  });

  test('a dependency that is not installed is passed over: it may be of another platform', async () => {
    expect((await discover([await hostWith('missing')])).plugins).toEqual([]);
  });

  test('a host without dependencies has none', async () => {
    await write(join(folder, 'host', 'package.json'), '{}');
    expect((await discover([join(folder, 'host')])).plugins).toEqual([]);
  });
});

describe('what is refused, with the package named', () => {
  test.each([
    [
      'another version of the contract',
      { packageJson: { entityLockdown: { api: 2, manifest: './manifest.json' } } },
      'plugin-api-unknown',
      'version 2',
    ],
    [
      'no version of the contract',
      { packageJson: { entityLockdown: { manifest: './manifest.json' } } },
      'plugin-api-unknown',
      'undefined',
    ],
    ['no manifest', { packageJson: { entityLockdown: { api: 1 } } }, 'plugin-broken', 'names no manifest'],
    [
      'a manifest that is not there',
      { packageJson: { entityLockdown: { api: 1, manifest: './dist/m.json' } } },
      'plugin-broken',
      'cannot be read',
    ],
    ['a manifest that is no JSON', { manifest: '{' }, 'plugin-broken', 'cannot be read'],
    ['a manifest that is none', { manifest: {} }, 'plugin-broken', 'not valid'],
  ] as const)('%s', async (_, own, code, said) => {
    await install('broken', own);
    const failing = discover([await hostWith('broken')]);
    await expect(failing).rejects.toMatchObject({
      kind: 'invalid',
      failure: { code, message: expect.stringContaining('broken@1.2.3') },
    });
    await expect(failing).rejects.toThrow(said);
  });

  test('a host that is not there', async () => {
    await expect(discover([join(folder, 'nowhere')])).rejects.toMatchObject({ failure: { code: 'plugins-unreadable' } });
  });
});

describe('loading', () => {
  const load = async () => await (await discover([await hostWith('plugin')])).plugins[0]?.load();

  test.each([
    ['a text', './entry.js'],
    ['a condition', { import: './entry.js', require: './other.cjs' }],
    ['the main entry', { '.': { types: './x.d.ts', default: './entry.js' }, './more': './more.js' }],
    ['conditions in conditions', { '.': { node: { import: './entry.js' }, default: './other.js' } }],
  ])('by exports that are %s', async (_, exported) => {
    await install('plugin', { packageJson: { exports: exported }, files: { 'entry.js': source() } });
    expect((await load())?.manifest.id).toBe('toy.box');
  });

  test('by main, where there are no exports', async () => {
    await install('plugin', { packageJson: { exports: undefined, main: 'entry.js' }, files: { 'entry.js': source() } });
    expect((await load())?.manifest.id).toBe('toy.box');
  });

  test.each([
    ['no plugin', 'export default {};', 'not the plugin that its manifest describes'],
    ['nothing', 'export const x = 1;', 'not the plugin that its manifest describes'],
    ['another plugin', source({ ...toyManifest, id: 'toy.other' }), 'not the plugin that its manifest describes'],
    ['code that throws', 'throw new Error("no luck");', 'cannot be loaded: no luck'],
  ])('%s as the default export is refused', async (_, code, said) => {
    await install('plugin', { files: { 'index.js': code } });
    await expect(load()).rejects.toMatchObject({ failure: { code: 'plugin-broken', message: expect.stringContaining(said) } });
  });
});

test.each([
  ['a wildcard', { actions: ['toy:*'] }, '"toy:*" is not an IAM action'],
  ['a wildcard in part', { actions: ['toy:Get*'] }, 'wildcards are not allowed'],
  ['everything', { actions: ['*'] }, 'wildcards are not allowed'],
  ['no list of actions', { actions: undefined }, 'not an IAM action'],
  ['no resources', { resources: [] }, 'names no resources'],
])('a grant with %s is a fault of the manifest', (_, more, said) => {
  const [first] = toyManifest.grants;
  expect(manifestFault({ ...toyManifest, grants: [{ ...first, ...more }] } as unknown as Manifest)).toContain(said);
});

test.each([
  [null, 'not an object'],
  [{ ...toyManifest, api: 2 }, 'its api is 2'],
  [{ ...toyManifest, id: 'box' }, 'vendor.service.type'],
  [{ ...toyManifest, id: '../etc' }, 'vendor.service.type'],
  [{ ...toyManifest, title: '' }, 'no title'],
  [{ ...toyManifest, match: ['*'] }, 'not a list of ARN patterns'],
  [{ ...toyManifest, grants: undefined }, 'no grants'],
])('a manifest is checked before it is believed (%#)', (manifest, said) => {
  expect(manifestFault(manifest as unknown as Manifest)).toContain(said);
  expect(manifestFault(toyManifest)).toBeUndefined();
});
