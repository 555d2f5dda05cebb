import { expect, test } from 'vitest';
import type { Finding } from './finding.ts';
import { faultOfRules, isOwnRole, ruleFor } from './rules.ts';

const finding: Finding = {
  source: 'guardduty',
  product: 'GuardDuty',
  id: 'f',
  types: ['UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS'],
  title: 't',
  severity: { word: 'high', number: 8 },
  account: '111122223333',
  region: 'eu-west-1',
  updatedAt: '',
  state: 'active',
  sample: false,
  entities: [],
};
const ownRoles = ['arn:*:iam::*:role/security/EntityLockdown'];

test.each([
  'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS',
  'UnauthorizedAccess:*',
  'UnauthorizedAccess:IAMUser/*',
  'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.*',
  '*',
])('the type %s fits', (type) => {
  expect(ruleFor(finding, { ownRoles, contain: [{ types: [type], severity: 'high' }] })).toBeDefined();
});

test.each([
  'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration',
  'UnauthorizedAccess:IAMUser/Instance*',
  'Unauthorized*',
  'UnauthorizedAccess:*/InstanceCredentialExfiltration.OutsideAWS',
  '*OutsideAWS',
  'unauthorizedaccess:*',
  'CryptoCurrency:*',
])('the type %s does not fit', (type) => {
  expect(ruleFor(finding, { ownRoles, contain: [{ types: [type], severity: 'low' }] })).toBeUndefined();
});

test('the severity must reach the least one; the first rule that fits counts', () => {
  const rule = { types: ['*'], severity: 'critical' } as const;
  const second = { types: ['*'], severity: 'high', options: { scope: 'role' } } as const;
  expect(ruleFor(finding, { ownRoles, contain: [rule] })).toBeUndefined();
  expect(ruleFor(finding, { ownRoles, contain: [rule, second] })).toBe(second);
  expect(ruleFor(finding, { ownRoles })).toBeUndefined();
});

test.each<[string, unknown, RegExp | undefined]>([
  ['no rules', { ownRoles }, undefined],
  ['rules', { ownRoles, contain: [{ types: ['CryptoCurrency:*'], severity: 'high' }], customActions: false }, undefined],
  ['no object', [], /not an object/],
  ['no own roles', {}, /ownRoles/],
  ['an own role that is none', { ownRoles: ['arn:aws:iam::111122223333:user/x'] }, /ownRoles/],
  ['customActions', { ownRoles, customActions: 'no' }, /customActions/],
  ['contain', { ownRoles, contain: {} }, /contain/],
  ['no types', { ownRoles, contain: [{ types: [], severity: 'high' }] }, /types/],
  ['a star in a segment', { ownRoles, contain: [{ types: ['Crypto*'], severity: 'high' }] }, /"Crypto\*"/],
  ['no severity', { ownRoles, contain: [{ types: ['*'] }] }, /severity/],
  ['options', { ownRoles, contain: [{ types: ['*'], severity: 'low', options: 1 }] }, /options/],
])('rules with %s', (_name, rules, fault) => {
  const found = faultOfRules(rules);
  if (fault === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(fault);
});

test.each([
  ['arn:aws:iam::111122223333:role/security/EntityLockdown', true],
  ['arn:aws:iam::111122223333:role/other/EntityLockdown', true],
  ['arn:aws-cn:sts::444455556666:assumed-role/EntityLockdown/entity-lockdown', true],
  ['arn:aws:sts::444455556666:assumed-role/EntityLockdown', true],
  ['arn:aws:iam::111122223333:role/EntityLockdownNot', false],
  ['arn:aws:sts::444455556666:assumed-role/app/EntityLockdown', false],
])('%s is our own role: %s', (arn, own) => {
  expect(isOwnRole({ kind: 'reference', type: 'role', part: 'actor', arn }, { ownRoles })).toBe(own);
});
