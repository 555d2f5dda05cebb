import { expect, test } from 'vitest';
import { type Environment, settingsFrom } from './settings.ts';
import { environment } from './testing/deployment.ts';

test('the roles of Entity Lockdown and the function itself are protected, beside what is configured', () => {
  const pattern = 'arn:aws:iam::*:role/break-glass';
  const configured = { ...environment, LOCKDOWN_PROTECTED: JSON.stringify([{ pattern, owner: 'us' }]) };
  const containment = 'arn:*:iam::*:role/lockdown/EntityLockdown';
  const itself = 'arn:aws:lambda:eu-west-1:999988887777:function:responder';
  const patterns = (more: Environment): readonly string[] =>
    settingsFrom({ ...configured, ...more }).protected.map((each) => each.pattern);
  expect(patterns({ LOCKDOWN_RELEASE_ROLE_NAME: '' })).toEqual([pattern, containment, itself]);
  const release = 'arn:*:iam::*:role/lockdown/Release';
  expect(patterns({ LOCKDOWN_RELEASE_ROLE_NAME: 'lockdown/Release' })).toEqual([pattern, containment, release, itself]);
});

test('our own role is known to the rules for findings, whatever they say', () => {
  const rules = { ownRoles: ['arn:aws:iam::111122223333:role/other'], contain: [] };
  const { findingRules } = settingsFrom({ ...environment, LOCKDOWN_FINDING_RULES: JSON.stringify(rules) });
  expect(findingRules.ownRoles).toEqual(['arn:*:iam::*:role/lockdown/EntityLockdown', 'arn:aws:iam::111122223333:role/other']);
});

test('accounts are a list', () => {
  expect(settingsFrom({ ...environment, LOCKDOWN_ACCOUNTS: ' 111122223333,444455556666, ' }).accounts).toEqual([
    '111122223333',
    '444455556666',
  ]);
  expect(settingsFrom({ ...environment, LOCKDOWN_ACCOUNTS: '' }).accounts).toEqual([]);
});

test.each([
  ['LOCKDOWN_LEDGER', 'file:/tmp/ledger'],
  ['LOCKDOWN_LEDGER', undefined],
  ['LOCKDOWN_REQUEST_TOPIC', 'requests'],
  ['LOCKDOWN_FINDINGS_TOPIC', ''],
  ['LOCKDOWN_AUDIT_TOPIC', 'arn:aws:sqs:eu-west-1:999988887777:audit'],
  ['LOCKDOWN_CONTINUATIONS', 'continuations'],
  ['LOCKDOWN_SECRET', 'the secret itself'],
  ['LOCKDOWN_ROLE_NAME', 'arn:aws:iam::111122223333:role/EntityLockdown'],
  ['LOCKDOWN_RELEASE_ROLE_NAME', 'role/*'],
  ['LOCKDOWN_ACCOUNTS', '111122223333,everybody'],
  ['LOCKDOWN_PROTECTED', '{}'],
  ['LOCKDOWN_PROTECTED', '[{"pattern":"*"}]'],
  ['LOCKDOWN_PROTECTED', '[{]'],
  ['LOCKDOWN_FINDING_RULES', '[]'],
  ['LOCKDOWN_FINDING_RULES', 'null'],
  ['LOCKDOWN_FINDING_RULES', '{"contain":[{"types":["*"]}]}'],
  ['AWS_REGION', ''],
])('%s as %j is a fault that is named, and nothing is handled', (name, value) => {
  expect(() => settingsFrom({ ...environment, [name]: value })).toThrow(name);
});

test('the value of the secret variable is in no fault', () => {
  expect(() => settingsFrom({ ...environment, LOCKDOWN_SECRET: 'hunter2' })).not.toThrow('hunter2');
});
