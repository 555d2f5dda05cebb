import { expect, test } from 'vitest';
import { bodyOf, listed, plain, subjectOf } from './text.ts';

test.each([
  ['a line break in a name\r\nBcc: x', 'a line break in a name Bcc: x'],
  ['right\u202eto\u2066left', 'right\u{fffd}to\u{fffd}left'],
  ['lines\u2028and\u2029paragraphs', 'lines and paragraphs'],
  ['\u001b[31mred', ' [31mred'],
  ['go to https://evil.example/ or www.evil.example', 'go to https[:]//evil.example/ or www[.]evil.example'],
  ['half a \ud83d pair', 'half a \u{fffd} pair'],
  ['caf\u00e9', 'caf\u00e9'],
])('%j of somebody else is told as %j', (given, told) => {
  expect(plain(given)).toBe(told);
});

test('a long text is cut, and never within a character', () => {
  expect(plain('x'.repeat(2_000)).length).toBe(602);
  for (let at = 0; at < 4; at += 1)
    expect(plain(`${'x'.repeat(at)}${'\u{1f600}'.repeat(400)}`)).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
});

test.each([
  ['role \u{1f600} \u00e9', 'role ?? ?'],
  ['line\nbreak\ttab', 'line?break?tab'],
  ['x'.repeat(200), `${'x'.repeat(97)}...`],
])('the subject of %j is ASCII, on one line, of at most 100 characters', (given, subject) => {
  expect(subjectOf(given)).toBe(subject);
});

test('a list is counted where it is longer than a person reads', () => {
  expect(listed(['a', 'b', 'c'], 2)).toEqual(['  - a', '  - b', '  - and 1 more']);
});

test('a body fits into a message of SNS, whatever is in it', () => {
  const body = bodyOf(Array.from({ length: 9_000 }, () => '\u{1f600}'.repeat(50)));
  expect(Buffer.byteLength(body)).toBeLessThan(240_000);
  expect(body.endsWith('...\n')).toBe(true);
});
