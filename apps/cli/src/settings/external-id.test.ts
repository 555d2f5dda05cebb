import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { externalIdFrom } from './external-id.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockdown-external-id-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, 'external-id');
  writeFileSync(path, text);
  return path;
}

const env = { LOCKDOWN_EXTERNAL_ID: 'of-the-environment' };

test('an option comes before the environment, and a file may end with its line', () => {
  expect(externalIdFrom({}, {})).toBeUndefined();
  expect(externalIdFrom({}, { LOCKDOWN_EXTERNAL_ID: '' })).toBeUndefined();
  expect(externalIdFrom({}, env)).toBe('of-the-environment');
  expect(externalIdFrom({ externalId: 'given' }, env)).toBe('given');
  for (const end of ['', '\n', '\r\n']) expect(externalIdFrom({ externalIdFile: file(`filed${end}`) }, env)).toBe('filed');
});

test('two are refused, of which one would be left out', () => {
  expect(() => externalIdFrom({ externalId: 'ab', externalIdFile: file('cd') }, {})).toThrow(/both given/);
});

test.each(['', 'a', 'has a blank', 'a\nb', `${'x'.repeat(1_225)}`])(
  '%j is none, wherever it is from, and is not quoted',
  (text) => {
    const from = [
      ['--external-id', () => externalIdFrom({ externalId: text }, {})],
      ['The external id in the file', () => externalIdFrom({ externalIdFile: file(text) }, {})],
      ...(text === '' ? [] : [['LOCKDOWN_EXTERNAL_ID', () => externalIdFrom({}, { LOCKDOWN_EXTERNAL_ID: text })] as const]),
    ] as const;
    for (const [what, read] of from)
      expect(read).toThrow(
        `${what} is not an external id: it has 2 to 1,224 letters, digits and characters of + = , . @ : / - _`,
      );
  },
);

test('a file that is not there is named by its fault alone', () => {
  expect(() => externalIdFrom({ externalIdFile: join(folder, 'nothing') }, env)).toThrow(
    'The file of --external-id-file cannot be read (ENOENT).',
  );
});
