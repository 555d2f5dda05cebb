import { expect, test } from 'vitest';
import { alice, type Cli, cli, registry } from './testing/cli.ts';
import { secret, topic } from './testing/deployment.ts';

async function inOne<T>(it: Cli, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    it.remove();
  }
}

test('plugins are listed with where each comes from, as far as that is known', async () => {
  const [first, ...others] = registry.plugins;
  if (first === undefined) throw new Error('there are plugins');
  const it = cli({
    registry: { plugins: [{ ...first, package: { ...first.package, location: '/srv/plugins/first' } }, ...others] },
  });
  await inOne(it, async () => {
    const { code, json } = await it.run(['plugins', '--json']);
    expect(code).toBe(0);
    expect(json.plugins.map(({ type, location }: { type: string; location?: string }) => [type, location])).toEqual([
      [first.manifest.id, '/srv/plugins/first'],
      ...others.map(({ manifest }) => [manifest.id, undefined]),
    ]);
    const { out } = await it.run(['plugins']);
    expect(out.match(/@0\.0\.0.*/g)).toEqual(['@0.0.0  /srv/plugins/first', ...others.map(() => '@0.0.0')]);
    expect(out).not.toContain('No plugin is installed');
  });
});

test('that there is none is said, and is no success', async () => {
  const it = cli({ registry: { plugins: [] } });
  await inOne(it, async () => {
    const { code, out } = await it.run(['plugins']);
    expect([code, out]).toEqual([1, expect.stringContaining('nothing can be contained')]);
  });
});

test.each(['contain', 'request'])('%s: nobody is asked about what two plugins claim', async (command) => {
  const it = cli({ registry: { plugins: [...registry.plugins, ...registry.plugins] } });
  await inOne(it, async () => {
    const env = { LOCKDOWN_EXTERNAL_ID: secret, LOCKDOWN_REQUEST_TOPIC: topic };
    const ran = await it.run([command, alice], { answer: true, env: command === 'request' ? env : {} });
    expect([ran.code, ran.err]).toEqual([3, expect.stringContaining('is claimed by two plugins')]);
    expect(it.questions).toEqual([]);
    expect(it.mutations()).toEqual([]);
  });
});
