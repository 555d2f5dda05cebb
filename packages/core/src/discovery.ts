import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isPlugin, type Manifest, type Plugin } from '@entity-lockdown/plugin-api';
import { invalid } from './failure.ts';
import type { RegisteredPlugin, Registry } from './registry.ts';

/** The versions of the contract that this core can talk to. */
const knownApis: readonly number[] = [1];

interface PackageJson {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: { readonly [name: string]: string };
  readonly entityLockdown?: { readonly api?: unknown; readonly manifest?: unknown };
}

/**
 * The plugins among the direct dependencies of a host package: those whose package.json has the field
 * `"entityLockdown": {"api": 1, "manifest": "./dist/manifest.json"}`. Nothing else is scanned, and no plugin's code is run.
 *
 * @param hosts folders that hold a package.json, in order; a plugin found twice is taken from the first
 * @throws LockdownError for a manifest that cannot be read, is no manifest, or speaks another version of the contract
 */
export async function discover(hosts: readonly string[]): Promise<Registry> {
  const found = new Map<string, RegisteredPlugin>();
  for (const host of hosts) {
    for (const plugin of await pluginsOf(host)) if (!found.has(plugin.manifest.id)) found.set(plugin.manifest.id, plugin);
  }
  return { plugins: [...found.values()].toSorted((a, b) => a.manifest.id.localeCompare(b.manifest.id)) };
}

async function pluginsOf(host: string): Promise<readonly RegisteredPlugin[]> {
  const hostFile = join(resolvePath(host), 'package.json');
  const { dependencies = {} } = await readPackage(hostFile);
  const names = Object.keys(dependencies).toSorted();
  const packages = await Promise.all(names.map((name) => pluginOf(hostFile, name)));
  return packages.filter((plugin) => plugin !== undefined);
}

async function pluginOf(hostFile: string, name: string): Promise<RegisteredPlugin | undefined> {
  const folder = folderOf(hostFile, name);
  if (folder === undefined) return undefined;
  const { version = '0.0.0', entityLockdown } = await readPackage(join(folder, 'package.json'));
  if (entityLockdown === undefined) return undefined;
  const { api, manifest: path } = entityLockdown;
  if (!knownApis.includes(api as number)) {
    throw invalid(
      'plugin-api-unknown',
      `The plugin ${name}@${version} speaks version ${String(api)} of the plugin contract; this version of Entity Lockdown knows ${knownApis.join(', ')}.`,
      'Update Entity Lockdown, or use a version of the plugin that fits.',
    );
  }
  if (typeof path !== 'string')
    throw invalid('plugin-broken', `The plugin ${name}@${version} names no manifest.`, 'Tell its author, or remove it.');
  const manifest = await readManifest(join(folder, path), name, version);
  return {
    manifest,
    package: { name, version, location: folder },
    load: () => loadPlugin(hostFile, name, version, manifest.id),
  };
}

/** The folder of a package as the host sees it, without asking its `exports`. */
function folderOf(hostFile: string, name: string): string | undefined {
  const places = createRequire(hostFile).resolve.paths(name) ?? [];
  for (const place of places) {
    try {
      return dirname(createRequire(hostFile).resolve(join(place, name, 'package.json')));
    } catch {
      // not in this one: look in the next
    }
  }
  return undefined;
}

async function readPackage(file: string): Promise<PackageJson> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as PackageJson;
  } catch (error) {
    throw invalid(
      'plugins-unreadable',
      `${file} cannot be read: ${(error as Error).message}`,
      'Check the folder that plugins are discovered from.',
    );
  }
}

async function readManifest(file: string, name: string, version: string): Promise<Manifest> {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest;
  } catch (error) {
    throw invalid(
      'plugin-broken',
      `The manifest of ${name}@${version} cannot be read (${file}): ${(error as Error).message}`,
      'Build or reinstall the plugin.',
    );
  }
  const fault = manifestFault(manifest);
  if (fault !== undefined)
    throw invalid(
      'plugin-broken',
      `The manifest of ${name}@${version} is not valid: ${fault}.`,
      'Tell its author, or remove it.',
    );
  return manifest;
}

/** What is wrong with a manifest, or undefined. */
export function manifestFault(manifest: Manifest): string | undefined {
  if (typeof manifest !== 'object' || manifest === null) return 'it is not an object';
  if (manifest.api !== 1) return `its api is ${String(manifest.api)}`;
  if (typeof manifest.id !== 'string' || !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(manifest.id))
    return 'its id is not of the form vendor.service.type';
  if (typeof manifest.title !== 'string' || manifest.title === '') return 'it has no title';
  if (
    !Array.isArray(manifest.match) ||
    !manifest.match.every((pattern) => typeof pattern === 'string' && pattern.startsWith('arn:'))
  )
    return 'match is not a list of ARN patterns';
  if (!Array.isArray(manifest.grants)) return 'it has no grants';
  for (const grant of manifest.grants) {
    const wrong = grant.actions?.find(
      (action: unknown) => typeof action !== 'string' || !/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action),
    );
    if (!Array.isArray(grant.actions) || wrong !== undefined)
      return `${JSON.stringify(wrong ?? grant.actions)} is not an IAM action (wildcards are not allowed)`;
    if (!Array.isArray(grant.resources) || grant.resources.length === 0) return 'a grant names no resources';
  }
  return undefined;
}

async function loadPlugin(hostFile: string, name: string, version: string, id: string): Promise<Plugin> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await importFrom(hostFile, name)) as { readonly default?: unknown };
  } catch (error) {
    throw invalid(
      'plugin-broken',
      `The plugin ${name}@${version} cannot be loaded: ${(error as Error).message}`,
      'Build or reinstall the plugin.',
    );
  }
  if (!isPlugin(loaded.default) || loaded.default.manifest.id !== id) {
    throw invalid(
      'plugin-broken',
      `The default export of ${name}@${version} is not the plugin that its manifest describes.`,
      'Tell its author, or remove it.',
    );
  }
  return loaded.default;
}

/** Imports a package as the host would: `import()` resolves from this file otherwise. */
async function importFrom(hostFile: string, name: string): Promise<unknown> {
  const folder = folderOf(hostFile, name);
  if (folder === undefined) throw new Error('it is not installed');
  const { exports: entries, main } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    exports?: unknown;
    main?: string;
  };
  const entry = entryOf(entries) ?? main ?? 'index.js';
  return import(pathToFileURL(join(folder, entry)).href);
}

/** The file of the package's `.` export for an ES module import in Node.js. https://nodejs.org/api/packages.html#conditional-exports */
function entryOf(exported: unknown): string | undefined {
  if (typeof exported === 'string') return exported;
  if (typeof exported !== 'object' || exported === null) return undefined;
  const conditions = exported as { readonly [key: string]: unknown };
  if ('.' in conditions) return entryOf(conditions['.']);
  for (const [condition, target] of Object.entries(conditions)) {
    if (['node', 'import', 'default'].includes(condition)) {
      const entry = entryOf(target);
      if (entry !== undefined) return entry;
    }
  }
  return undefined;
}
