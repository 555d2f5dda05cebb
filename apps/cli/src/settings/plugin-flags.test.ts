import type { Registry } from '@entity-lockdown/core';
import type { Option } from '@entity-lockdown/plugin-api';
import { expect, test } from 'vitest';
import { pluginFlags } from './plugin-flags.ts';

function registry(...options: readonly { readonly [name: string]: Option }[]): Registry {
  return {
    plugins: options.map((of, at) => ({
      manifest: { api: 1, id: `x.y.z${at}`, title: `Thing ${at}`, match: [], grants: [], options: of },
      package: { name: `plugin-${at}`, version: '1.0.0' },
      load: () => Promise.reject(new Error('not loaded')),
    })),
  };
}

const scope: Option = { kind: 'choice', title: 'Whom', values: ['a', 'b'], default: 'b' };

test('options of one name are one flag, which says what it is for which type', () => {
  const flags = pluginFlags(registry({ scope }, { scope }), new Set(['json']));
  expect(flags).toEqual([
    { name: 'scope', placeholder: 'scope', description: 'Thing 0: a or b (default); whom. Thing 1: a or b (default); whom.' },
  ]);
});

test('an option that would hide one of ours is the plugin author’s mistake', () => {
  expect(() => pluginFlags(registry({ json: scope }), new Set(['json']))).toThrow(/cannot be a flag: json/);
  expect(() => pluginFlags(registry({ 'a b': scope }), new Set())).toThrow(/cannot be a flag/);
});
