import { expect, test } from 'vitest';
import { LockdownError } from './failure.ts';
import { optionsFor } from './options.ts';
import { toyManifest } from './testing/toy-plugin.ts';

test('what is not given has the default; every option has a value', () => {
  expect(optionsFor(toyManifest, {})).toEqual({ scope: 'box', dwell: 60 });
  expect(optionsFor(toyManifest, { scope: undefined, dwell: 5 })).toEqual({ scope: 'box', dwell: 5 });
  const { options: _, ...without } = toyManifest;
  expect(optionsFor(without, { scope: 'room' })).toEqual({});
});

test('an option of another entity type is left out', () => {
  expect(optionsFor(toyManifest, { scope: 'room', colour: 'red' })).toEqual({ scope: 'room', dwell: 60 });
});

test('seconds may come as text, as from a command line or a message', () => {
  expect(optionsFor(toyManifest, { dwell: '90' })).toMatchObject({ dwell: 90 });
  expect(optionsFor(toyManifest, { dwell: 0 })).toMatchObject({ dwell: 0 });
  expect(optionsFor(toyManifest, { dwell: 600 })).toMatchObject({ dwell: 600 });
});

test.each([
  [{ scope: 'house' }, 'box or room'],
  [{ scope: 7 }, 'box or room'],
  [{ dwell: 601 }, 'from 0 to 600'],
  [{ dwell: -1 }, 'from 0 to 600'],
  [{ dwell: 1.5 }, 'from 0 to 600'],
  [{ dwell: '1e2' }, 'from 0 to 600'],
  [{ dwell: '' }, 'from 0 to 600'],
  [{ dwell: Number.NaN }, 'from 0 to 600'],
  [{ dwell: null }, 'from 0 to 600'],
])('%j is refused, with what is allowed', (given, allowed) => {
  const attempt = () => optionsFor(toyManifest, given);
  expect(attempt).toThrow(LockdownError);
  expect(attempt).toThrow(allowed);
  expect(attempt).toThrow(/of a Box/);
});
