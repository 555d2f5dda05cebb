import { expect, test } from 'vitest';
import { bool, definePlugin, isPlugin, oneOf, type Setting } from './index.ts';

interface State {
  readonly status: 'on' | 'off';
}
type Options = { readonly scope: 'one' | 'all' };
const settings = {
  'a.status': { value: oneOf('on', 'off'), read: (now) => now.status, write: async () => {} } satisfies Setting<
    State,
    'on' | 'off'
  >,
  'a.flag': { value: bool, read: () => true, write: async () => {} } satisfies Setting<State, boolean>,
};
const base = {
  manifest: { api: 1, id: 'a.b', title: 'b', match: [], grants: [] },
  resolve: () => ({ refused: 'x', instead: 'y' }),
  inspect: async () => ({ exists: true, id: '1', state: { status: 'on' } as State }),
  warnings: () => [],
  settings,
} as const;

test('a plugin is recognised by its marker', () => {
  const plugin = definePlugin({
    ...base,
    plan: (_now: State, _entity, _options: Options) => [
      {
        title: 's',
        changes: [
          { setting: 'a.status', on: 'arn', to: 'off', title: 't', else: { setting: 'a.flag', on: 'arn', to: true, title: 'u' } },
        ],
      },
    ],
    release: ['a.status', { wait: 1, why: 'x' }, ['a.flag']],
  });
  expect(isPlugin(plugin)).toBe(true);
  expect(isPlugin({})).toBe(false);
  expect(isPlugin(null)).toBe(false);
});

test('the compiler refuses values and names that the settings do not have', () => {
  definePlugin({
    ...base,
    // @ts-expect-error the setting has no such value
    plan: (_now: State) => [{ title: 's', changes: [{ setting: 'a.status', on: 'arn', to: 'sideways', title: 't' }] }],
  });
  definePlugin({
    ...base,
    // @ts-expect-error there is no such setting
    plan: (_now: State) => [{ title: 's', changes: [{ setting: 'a.statsu', on: 'arn', to: 'off', title: 't' }] }],
  });
  definePlugin({
    ...base,
    plan: (_now: State) => [],
    // @ts-expect-error there is no such setting to release
    release: ['a.statsu'],
  });
  expect(true).toBe(true);
});
