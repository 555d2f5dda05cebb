import type { ContainmentRecord } from '@entity-lockdown/core';
import { describe, expect, test } from 'vitest';
import { keptTargets } from './keep-matching.ts';

const user = 'arn:aws:iam::111122223333:user/alice';
const deny = { setting: 'iam.principal.inline-deny', on: user };
const attached = { setting: 'iam.principal.attached-deny', on: user };
const key = { setting: 'iam.access-key.status', on: `${user}#AKIAIOSFODNN7EXAMPLE` };
const other = { setting: 'iam.access-key.status', on: `${user}#AKIAI44QH8DHBEXAMPLE` };
const mapping = {
  setting: 'lambda.event-source-mapping.enabled',
  on: 'arn:aws:lambda:eu-west-1:111122223333:event-source-mapping:u',
};
const all = [deny, attached, key, other, mapping];

const record = { id: '0000000000000000-aaaaaaaa', targets: all } as unknown as ContainmentRecord;

describe('--keep', () => {
  test.each([
    ['the setting and what it is on', `${deny.setting} ${deny.on}`, deny],
    ['what it is on', mapping.on, mapping],
    ['the part', 'AKIAIOSFODNN7EXAMPLE', key],
    ['the part with its mark', '#AKIAI44QH8DHBEXAMPLE', other],
    ['the setting', 'iam.principal.attached-deny', attached],
    ['a part of them', '44QH8', other],
  ])('by %s', (_, text, target) => {
    expect(keptTargets(record, [text])).toEqual([target]);
  });

  test('several, each by its own', () => {
    expect(keptTargets(record, ['inline', '44QH8'])).toEqual([deny, other]);
    expect(keptTargets(record, [])).toEqual([]);
  });

  test.each([
    ['user/alice', 4],
    [user, 2],
    ['iam.access-key.status', 2],
  ])('%s means several: none of them is chosen', (text, count) => {
    expect(() => keptTargets(record, [text])).toThrow(`means ${count} changes of record ${record.id}`);
  });

  // Nothing at all is a part of everything, and of a record with one change it would mean that one.
  test.each(['', 'nothing-like-that'])('%j means none', (text) => {
    const single = { ...record, targets: [mapping] } as unknown as ContainmentRecord;
    for (const of of [record, single]) expect(() => keptTargets(of, [text])).toThrow(/means no change of record/);
  });
});
