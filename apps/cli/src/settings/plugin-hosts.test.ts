import { expect, test } from 'vitest';
import { discoverPlugins } from './plugin-hosts.ts';

test.each(['', ' '])('a folder that was named by nothing (%j) is not the one that the command is run in', async (folder) => {
  await expect(discoverPlugins([folder], {})).rejects.toThrow('--plugins-from names no folder');
});

test('an entry of the variable that is empty is passed over', async () => {
  const { plugins } = await discoverPlugins([], { LOCKDOWN_PLUGINS_FROM: '' });
  expect(plugins.length).toBeGreaterThanOrEqual(4);
});
