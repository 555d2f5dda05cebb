import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RegisteredPlugin, resolve } from '@entity-lockdown/core';
import { expect, test } from 'vitest';
import { registry } from './registry.ts';

test('the plugin set is the plugins among the dependencies', () => {
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
  const plugins = Object.keys(dependencies).filter((name) => /\/plugin-(?!api$)/.test(name));
  expect(registry.plugins.map(({ package: { name } }) => name)).toEqual(plugins.toSorted());
});

test.each(registry.plugins.map((plugin) => [plugin.manifest.id, plugin] as const))(
  '%s is what its manifest says',
  async (id, plugin) => {
    expect((await plugin.load()).manifest).toEqual(plugin.manifest);
    expect(plugin.manifest.id).toBe(id);
  },
);

test('a plugin is loaded when an entity of its type is asked for, and no other is', async () => {
  const loaded: string[] = [];
  const plugins = registry.plugins.map(
    (plugin): RegisteredPlugin => ({
      ...plugin,
      load: () => {
        loaded.push(plugin.manifest.id);
        return plugin.load();
      },
    }),
  );
  await resolve({ plugins }, 'arn:aws:lambda:eu-west-1:111122223333:function:f');
  expect(loaded).toEqual(['aws.lambda.function']);
});
