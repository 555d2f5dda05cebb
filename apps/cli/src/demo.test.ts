import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cli, cli, registry } from './testing/cli.ts';

let it: Cli;
beforeEach(() => {
  it = cli();
});
afterEach(() => it.remove());

test('the demo holds what it claims, on a screen of 80 columns, the same each time', async () => {
  const first = await it.run(['demo']);
  expect(first.code).toBe(0);
  const lines = first.out.split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.length).toBeLessThanOrEqual(72);
  expect(first.out).not.toContain('BROKEN');
  const again = await it.run(['demo']);
  expect(again.out).toBe(first.out);
  const other = await it.run(['demo', '--seed', '7', '--json']);
  expect(other.json).toMatchObject({ version: 1, command: 'demo', held: true, seed: 7 });
});

test('the demo ends with 1 where what it claims does not hold', async () => {
  const plugins = registry.plugins.map((each) => ({ ...each, load: async () => ({ ...(await each.load()), plan: () => [] }) }));
  it.remove();
  it = cli({ registry: { plugins } });
  const { code, json } = await it.run(['demo', '--json']);
  expect([code, json.held]).toEqual([1, false]);
});

test.each(['', 'x', '-1', '1.5', '1234567890'])('%j is no seed', async (seed) => {
  const ran = await it.run(['demo', `--seed=${seed}`]);
  expect([ran.code, ran.out]).toEqual([2, '']);
  expect(ran.err).toContain('is no seed');
});
