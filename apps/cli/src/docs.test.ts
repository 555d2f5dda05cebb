import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildProgram } from './program.ts';
import { pluginFlags } from './settings/plugin-flags.ts';
import { app, type Cli, cli, registry } from './testing/cli.ts';
import { deploy, secret, topic } from './testing/deployment.ts';

const page = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

let it: Cli;
beforeEach(() => {
  it = cli();
});
afterEach(() => it.remove());

test('the page names every command and option, and no other', () => {
  const program = buildProgram('0', pluginFlags(registry, new Set()), () => {});
  const commands = program.commands.filter((command) => command.name() !== 'help');
  const text = page('cli.md');
  const options = new Set(commands.flatMap((command) => command.options.map(({ long }) => long ?? '')));
  const tables = text.split('\n').filter((line) => line.startsWith('| `'));
  const documented = tables.flatMap((line) => (line.split('|')[1] ?? '').match(/--[a-z-]+/g) ?? []);
  expect(documented.filter((option) => !['--help', '--version'].includes(option)).toSorted()).toEqual([...options].toSorted());
  for (const command of commands) expect(text).toMatch(new RegExp(`^\\| \`${command.name()}`, 'm'));
  expect(documented).toContain('--help');
  // Options of the examples exist.
  for (const [used] of text.matchAll(/(?<=lockdown [^\n]*)--[a-z-]+/g))
    expect([...options, '--help', '--version']).toContain(used);
});

/** The members of a value, with those of the first item of lists. Keys that are data are left out. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])];
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shape(member)]));
}

test('the examples of the JSON page have the shape of what is printed', async () => {
  const [contained, failed] = [...page('cli-json.md').matchAll(/```json\n(.*?)```/gs)].map(([, text]) => JSON.parse(text ?? ''));
  const ran = await it.run(['contain', app, '--yes', '--incident', 'INC-4711', '--json']);
  expect(shape(ran.json)).toEqual(shape(contained));
  expect((await it.run(['contain', app, '--json'])).json).toEqual(failed);
});

test('every member that is printed is on the JSON page', async () => {
  const text = page('cli-json.md');
  await it.run(['contain', app, '--yes']);
  deploy(it);
  for (const argv of [
    ['plan', app],
    ['request', app, '--topic', topic, '--external-id', secret, '--yes'],
    ['status'],
    ['status', app, '--verify'],
    ['plugins'],
    ['permissions'],
    ['release', app, '--yes'],
    ['demo'],
  ]) {
    const { json } = await it.run([...argv, '--json']);
    for (const member of Object.keys(json)) expect(text, argv.join(' ')).toContain(`\`${member}\``);
    for (const member of Object.keys({ ...json.entities?.[0], ...json.record, ...json.record?.verification }))
      expect(text, argv.join(' ')).toContain(`\`${member}\``);
  }
});
