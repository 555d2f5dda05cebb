import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { discover, type Registry } from '@entity-lockdown/core';
import { buildWorld, createTestHost } from '@entity-lockdown/plugin-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sqs } from '../fixtures/lockdown-plugin-sqs-queue/src/testing/sqs.ts';
// The stranger's own test: the conformance suite.
import '../fixtures/lockdown-plugin-sqs-queue/src/conformance.test.ts';

const name = 'lockdown-plugin-sqs-queue';
const root = fileURLToPath(new URL('../../..', import.meta.url));
const fixture = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const run = promisify(execFile);

describe('an entity type that is written elsewhere', () => {
  let folder: string;
  let registry: Registry;

  /** Builds the plugin outside of this repository, and installs it in a host by one line of its package.json. */
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fifth-type-'));
    const [plugin, host] = [join(folder, name), join(folder, 'host')];
    await cp(fixture, plugin, {
      recursive: true,
      filter: (source) => !/node_modules|[/\\]dist/.test(source.slice(fixture.length)),
    });
    await mkdir(join(plugin, 'node_modules'));
    for (const [scope, from] of [
      ['@aws-sdk', 'tooling/scenarios/node_modules'],
      ['@entity-lockdown', 'tooling/scenarios/node_modules'],
      ['@types', 'node_modules'],
    ] as const)
      await symlink(join(root, from, scope), join(plugin, 'node_modules', scope));
    // Against the sources of this repository, which may not be built yet: checked first, then compiled without them.
    await run(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '--customConditions', '@entity-lockdown/source'], {
      cwd: plugin,
    });
    await run(join(root, 'node_modules/.bin/tsc'), ['--noCheck'], { cwd: plugin });
    await run(process.execPath, [join(root, 'packages/plugin-testkit/bin/entity-lockdown-manifest.js')], { cwd: plugin });
    await mkdir(join(host, 'node_modules'), { recursive: true });
    await writeFile(join(host, 'package.json'), JSON.stringify({ name: 'host', dependencies: { [name]: '1.0.0' } }));
    await symlink(plugin, join(host, 'node_modules', name));
    registry = await discover([host]);
  }, 60_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('is found by its manifest, which its build wrote', async () => {
    expect(registry.plugins.map(({ manifest, package: of }) => [manifest.id, of.name])).toEqual([['example.sqs.queue', name]]);
    const written = JSON.parse(await readFile(join(folder, name, 'dist/manifest.json'), 'utf8')) as unknown;
    expect(registry.plugins[0]?.manifest).toEqual(written);
  });

  test('is in the registry of an app that is bundled by one line of its package.json, and by regeneration alone', async () => {
    const host = join(folder, 'host');
    const script = join(root, 'tooling/scripts/plugin-registry.mjs');
    await mkdir(join(host, 'src'), { recursive: true });
    await expect(run(process.execPath, [script, host, '--check'])).rejects.toThrow('out of date');
    await run(process.execPath, [script, host]);
    await run(process.execPath, [script, host, '--check']);
    const program = `
      import { registry } from ${JSON.stringify(join(host, 'src/registry.ts'))};
      const plugins = registry.plugins.map(async ({ manifest, load }) => [manifest.id, (await load()).manifest.id]);
      console.log(JSON.stringify(await Promise.all(plugins)));`;
    const condition = '--conditions=@entity-lockdown/source';
    const { stdout } = await run(process.execPath, [condition, '--input-type=module', '-e', program]);
    expect(JSON.parse(stdout)).toEqual([['example.sqs.queue', 'example.sqs.queue']]);
  });

  test('is in the bundle of the responder, and in what the roles of every account may do, by one line in each app', async () => {
    const [responder, infra] = await Promise.all([appCopy('responder'), appCopy('infra')]);
    const source = '--conditions=@entity-lockdown/source';
    const made = async () => {
      await run(process.execPath, [join(root, 'tooling/scripts/plugin-registry.mjs'), responder]);
      await Promise.all([
        run(process.execPath, [join(responder, 'bundle.mjs')]),
        // Of the zip, the templates have the hash alone.
        run(process.execPath, [source, join(infra, 'src/main.ts'), join(responder, 'package.json')]),
      ]);
      const text = (file: string): Promise<string> => readFile(file, 'utf8');
      const { outputs } = JSON.parse(await text(join(responder, 'dist/metafile.json'))) as Metafile;
      const template = async (of: string): Promise<ReadonlySet<string>> =>
        allowedActions(JSON.parse(await text(join(infra, `dist/templates/${of}.template.json`))));
      return {
        loaded: Object.values(outputs).flatMap(({ entryPoint = '' }) => entryPoint),
        security: await template('entity-lockdown'),
        member: await template('entity-lockdown-member'),
      };
    };
    const before = await made();
    await Promise.all([addPlugin(responder), addPlugin(infra)]);
    const after = await made();
    const added = (of: 'security' | 'member'): readonly string[] => [...after[of]].filter((action) => !before[of].has(action));
    const its = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SetQueueAttributes'];
    expect(added('member')).toEqual(its);
    // The responder's own role reads its queues' attributes in any case.
    expect(added('security')).toEqual(its.slice(1));
    expect(before.loaded.filter((entry) => entry.includes(name))).toEqual([]);
    expect(after.loaded.filter((entry) => entry.includes(name))).toHaveLength(1);
  }, 120_000);

  /** An app of this repository with its dependencies, where a line can be added to it. */
  async function appCopy(app: string): Promise<string> {
    const [from, to] = [join(root, 'apps', app), join(folder, 'apps', app)];
    await cp(from, to, { recursive: true, filter: (file) => !/[/\\](node_modules|dist)$/.test(file) });
    await mkdir(join(to, 'node_modules'));
    for (const entry of await readdir(join(from, 'node_modules')))
      await symlink(join(from, 'node_modules', entry), join(to, 'node_modules', entry));
    return to;
  }

  async function addPlugin(app: string): Promise<void> {
    const file = join(app, 'package.json');
    const before = JSON.parse(await readFile(file, 'utf8')) as { readonly dependencies: object };
    await writeFile(file, JSON.stringify({ ...before, dependencies: { ...before.dependencies, [name]: '1.0.0' } }));
    await symlink(join(folder, name), join(app, 'node_modules', name));
  }

  test('is planned, contained and released', async () => {
    const region = 'eu-west-1';
    const before = '{"Version":"2012-10-17","Statement":[]}';
    const world = buildWorld(
      {
        title: 'a queue',
        seed({ run: aws, account }) {
          aws(new CreateQueueCommand({ QueueName: 'orders', Attributes: { Policy: before } }), region);
          return `arn:aws:sqs:${region}:${account}:orders`;
        },
        expect: 'contained',
      },
      { sqs },
    );
    const { sandbox, clock, arn, account } = world;
    const host = createTestHost({ sandbox, clock, registry, as: `admin:${account}` });
    const original = sandbox.dump();
    const policy = (): string | undefined => {
      const QueueUrl = `https://sqs.${region}.amazonaws.com/${account}/orders`;
      return world.run(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] }), region).Attributes?.Policy;
    };

    const planned = await host.dispatcher.plan({ arn, by: 'test' });
    expect(planned.stages.flatMap(({ changes }) => changes)).toMatchObject([
      { setting: 'sqs.queue.policy', from: before, done: false },
    ]);
    expect(sandbox.dump()).toEqual(original);

    const contained = await host.contain(arn);
    expect(contained.record).toMatchObject({
      state: 'contained',
      plugin: { id: 'example.sqs.queue', package: name, version: '1.0.0' },
    });
    expect(policy()).toContain('"Effect":"Deny","Principal":"*","Action":["sqs:SendMessage"');

    expect((await host.release(arn)).record.state).toBe('released');
    expect(policy()).toBe(before);
    expect(sandbox.dump()).toEqual(original);
  });

  test('is named nowhere in the packages and the apps', async () => {
    const own = [name, 'example.sqs.queue', 'sqs.queue.policy'];
    const naming: string[] = [];
    for (const top of ['packages', 'apps']) {
      for (const file of await sourcesIn(join(root, top))) {
        const body = await readFile(file, 'utf8');
        if (own.some((word) => body.includes(word))) naming.push(file);
      }
    }
    expect(naming).toEqual([]);
  });

  test('is the example of the guide, word by word', async () => {
    const guide = await readFile(join(root, 'docs/writing-a-plugin.md'), 'utf8');
    for (const file of [
      'package.json',
      'tsconfig.json',
      'src/manifest.ts',
      'src/index.ts',
      'src/conformance.test.ts',
      'src/testing/sqs.ts',
    ]) {
      const body = await readFile(join(fixture, file), 'utf8');
      expect(guide, `${file} in docs/writing-a-plugin.md is not that of the fixture`).toContain(
        `\`${file}\`\n\n\`\`\`${file.endsWith('.json') ? 'json' : 'ts'}\n${body}\`\`\`\n`,
      );
    }
  });
});

interface Metafile {
  readonly outputs: { readonly [file: string]: { readonly entryPoint?: string } };
}

/** Every action in a statement that allows, wherever it stands in a template. */
function allowedActions(value: unknown, found: Set<string> = new Set()): ReadonlySet<string> {
  if (typeof value !== 'object' || value === null) return found;
  const { Effect, Action } = value as { readonly Effect?: unknown; readonly Action?: string | readonly string[] };
  if (Effect === 'Allow' && Action !== undefined) for (const action of [Action].flat()) found.add(action);
  for (const each of Object.values(value)) allowedActions(each, found);
  return found;
}

/** Files that people wrote: neither dependencies nor builds. */
async function sourcesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return ['node_modules', 'dist', '.turbo'].includes(entry.name) ? [] : await sourcesIn(path);
      return /\.(ts|js|mjs|json|md)$/.test(entry.name) ? [path] : [];
    }),
  );
  return found.flat();
}
