import { expect, test } from 'vitest';
import { bold, painted } from './paint.ts';
import { printable, printableJson } from './printable.ts';
import { wrap } from './wrap.ts';

test('nothing that moves, hides or colours text reaches a terminal', () => {
  expect(printable('a\u001b[31mb\u0007c\u202ed\u2028e')).toBe('a\u{fffd}[31mb\u{fffd}c\u{fffd}d\u{fffd}e');
  expect(painted(['a\u001b[2J', bold('b\r\nc')], false)).toBe('a\u{fffd}[2Jb c');
  expect(painted([bold('b')], true)).toBe('\u001b[1mb\u001b[22m');
});

test('JSON says the same without them', () => {
  const value = { 'k\u202e': 'a\u001bb\u009bc\u2028\u{e0001}' };
  const text = printableJson(value);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(JSON.parse(text)).toEqual(value);
});

test('lines are broken between words, and no word is', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('arn:aws:iam::111122223333:user/alice is', 8)).toEqual(['arn:aws:iam::111122223333:user/alice', 'is']);
});
