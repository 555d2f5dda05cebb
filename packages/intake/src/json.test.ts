import { expect, test } from 'vitest';
import { at, fieldsOf, listOf, parsed, textOf } from './json.ts';

test('what stands at a path: own fields of objects alone', () => {
  expect(at({ a: { b: 1 } }, 'a', 'b')).toBe(1);
  for (const [value, ...path] of [
    [{}, 'constructor'],
    [{}, '__proto__', 'constructor'],
    ['text', 'length'],
    [[1], '0'],
    [null, 'a'],
    [undefined, 'a'],
  ] as const)
    expect(at(value, ...path)).toBeUndefined();
});

test('objects, lists and texts, and nothing in place of what is none', () => {
  expect([fieldsOf([]), fieldsOf(null), fieldsOf('a')]).toEqual([undefined, undefined, undefined]);
  expect([listOf([1]), listOf({ length: 1 }), listOf(undefined)]).toEqual([[1], [], []]);
  expect([textOf('a'), textOf(''), textOf(1)]).toEqual(['a', undefined, undefined]);
});

test('a text that is no JSON has no value; texts in it can be changed', () => {
  expect(parsed('{')).toBeUndefined();
  expect(parsed('{"a":["x",1]}', (text) => text.toUpperCase())).toEqual({ a: ['X', 1] });
});
