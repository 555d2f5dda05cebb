import { expect, test } from 'vitest';
import { earlyOptions } from './early-options.ts';

test('what comes behind -- is no option', () => {
  expect(earlyOptions(['plan', '--', '--json', '--plugins-from', 'a', '--plugins-from=b'])).toEqual({
    json: false,
    takesPluginFlags: true,
    pluginsFrom: [],
  });
  expect(earlyOptions(['contain', 'x', '--json'])).toMatchObject({ json: true, takesPluginFlags: true });
});

test('plugins have flags in plan and contain, and in the help of them', () => {
  const takes = (...argv: readonly string[]) => earlyOptions(argv).takesPluginFlags;
  expect([takes('plan'), takes('contain'), takes('help', 'plan'), takes('help', 'contain')]).toEqual([true, true, true, true]);
  expect([takes(), takes('release', 'x'), takes('status'), takes('release', 'x', 'plan')]).toEqual([false, false, false, false]);
});

test('folders of plugins, in either form; none where the value was forgotten', () => {
  const from = (...argv: readonly string[]) => earlyOptions(['plan', ...argv]).pluginsFrom;
  expect(from('--plugins-from', 'a', 'x', '--plugins-from=b', '--plugins-from=')).toEqual(['a', 'b', '']);
  expect(from('x', '--plugins-from')).toEqual([]);
});
