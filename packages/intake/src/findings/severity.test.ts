import { expect, test } from 'vitest';
import { asffSeverity, guardDutySeverity, ocsfSeverity, reaches } from './severity.ts';

test.each<[unknown, string]>([
  [9, 'critical'],
  [8.9, 'high'],
  [7, 'high'],
  [6.9, 'medium'],
  [4, 'medium'],
  [3.9, 'low'],
  [1, 'low'],
  [0.5, 'informational'],
  [11, 'unknown'],
  [-1, 'unknown'],
  ['8', 'unknown'],
  [Number.NaN, 'unknown'],
  [undefined, 'unknown'],
])('GuardDuty: %j is %s', (number, word) => {
  expect(guardDutySeverity(number).word).toBe(word);
});

test('ASFF: the label, or the normalized number', () => {
  expect(asffSeverity('CRITICAL', 1)).toEqual({ word: 'critical', number: 1 });
  expect([90, 70, 40, 1, 0, 101, undefined].map((number) => asffSeverity(undefined, number).word)).toEqual([
    'critical',
    'high',
    'medium',
    'low',
    'informational',
    'unknown',
    'unknown',
  ]);
  expect(asffSeverity('LOUD', undefined)).toEqual({ word: 'unknown' });
});

test('OCSF: 1 to 6', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 99, 1.5, '4'].map((id) => ocsfSeverity(id).word)).toEqual([
    'unknown',
    'informational',
    'low',
    'medium',
    'high',
    'critical',
    'critical',
    'unknown',
    'unknown',
    'unknown',
  ]);
});

test('what is not known reaches no minimum', () => {
  expect(reaches({ word: 'high' }, 'high')).toBe(true);
  expect(reaches({ word: 'medium' }, 'high')).toBe(false);
  expect(reaches({ word: 'unknown' }, 'informational')).toBe(false);
});
