import type { ContainmentRecord } from '@entity-lockdown/core';
import { expect, test } from 'vitest';
import { goOnAt, isDue, isOverdue } from './due.ts';

const now = Date.parse('2026-11-02T12:00:00Z');
const at = (minutes: number): string => new Date(now + minutes * 60_000).toISOString();

function record(more: Partial<ContainmentRecord>): ContainmentRecord {
  const owner = { id: 'o', until: 0 };
  const events = [{ at: at(-60), what: 'opened' as const, text: '' }];
  return { state: 'containing', owner, events, ...more } as ContainmentRecord;
}

test.each([
  ['containing, its time has come', record({ next: { at: at(-1), why: '' } }), true],
  ['containing, a moment before its time', record({ next: { at: at(0.05), why: '' } }), true],
  ['containing, before its time', record({ next: { at: at(0.2), why: '' } }), false],
  ['containing, of a process that may be dead', record({}), true],
  ['contained', record({ state: 'contained' }), false],
  ['partial, its time has come', record({ state: 'partial', next: { at: at(-1), why: '' } }), true],
  ['being released by a person', record({ state: 'releasing' }), false],
  ['taken back, since it was not to be contained', record({ state: 'releasing', release: { refusal: {} } as never }), true],
  ['a release that is blocked', record({ state: 'release-blocked' }), false],
  ['released, before its last look', record({ state: 'released', next: { at: at(1), why: '' } }), false],
  ['released, at its last look', record({ state: 'released', next: { at: at(0), why: '' } }), true],
  ['released, looked at', record({ state: 'released' }), false],
])('%s', (_, given, due) => {
  expect(isDue(given, now)).toBe(due);
});

test.each([
  ['nobody came for a minute', record({ next: { at: at(-1), why: '' } }), false],
  ['nobody came for three minutes', record({ next: { at: at(-3), why: '' } }), true],
  ['its owner lives', record({ next: { at: at(-3), why: '' }, owner: { id: 'o', until: now + 1 } }), false],
  ['its owner ended three minutes ago', record({ owner: { id: 'o', until: now - 180_000 } }), true],
  ['partial for an hour, three minutes ago', record({ state: 'partial', next: { at: at(-3), why: '' } }), false],
  ['partial for an hour, sixteen minutes ago', record({ state: 'partial', next: { at: at(-16), why: '' } }), true],
])('overdue: %s', (_, given, overdue) => {
  expect(isOverdue(given, now)).toBe(overdue);
});

test.each([
  ['open for a moment: when the dispatcher says', -0.05, 0.1, undefined, [0.1, 0.1]],
  ['open for a minute: after an eighth of that, more or less', -1, 0.01, undefined, [0.0625, 0.1875]],
  ['open for a minute, a wait that is known', -1, 0.01, 0.5, [0.01, 0.01]],
  ['open for a day: after a minute, more or less', -1_440, 0.01, undefined, [0.5, 1.5]],
] as const)('gone on with, %s', (_, opened, next, until, [least, most]) => {
  const times = ['00000000', 'hhhhhhhh', 'zzzzzzzz'].map((id) => {
    const given = record({ id: `0123456789abcdef-${id}`, events: [{ at: at(opened), what: 'opened', text: '' }] });
    return goOnAt(given, { at: at(next), why: '', ...(until !== undefined && { until: at(until) }) }, now);
  });
  for (const time of times) {
    expect(time).toBeGreaterThanOrEqual(now + least * 60_000);
    expect(time).toBeLessThanOrEqual(now + most * 60_000);
  }
  // Those that began together are gone on with apart.
  expect(new Set(times).size).toBe(least === most ? 1 : 3);
});
