import { expect, test } from 'vitest';
import { isPlain, shownText } from './text.ts';

test.each(['\u202e', '\u200b', '\u0007', '\n', '\ud800', '\u2066'])('%j hides or moves text', (mark) => {
  expect(isPlain(`a${mark}b`)).toBe(false);
  expect(isPlain(shownText(`a${mark}b`, 10))).toBe(true);
});

test('a text is one line, and cut where it is too long', () => {
  expect(shownText(' a\n\t b ', 10)).toBe('a b');
  expect(shownText('a\u202eb', 10)).toBe('a\u{fffd}b');
  expect(shownText('x'.repeat(11), 10)).toBe(`${'x'.repeat(7)}...`);
  expect(shownText('x'.repeat(100_000), 10)).toBe(`${'x'.repeat(7)}...`);
  expect(shownText('x'.repeat(10), 10)).toBe('x'.repeat(10));
  expect(shownText(`${'x'.repeat(6)}\u{1f600}xxxxx`, 10)).toBe('xxxxxx...');
});
