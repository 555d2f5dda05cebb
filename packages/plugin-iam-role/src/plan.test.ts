import type { PrincipalState } from '@entity-lockdown/iam-deny';
import type { Entity } from '@entity-lockdown/plugin-api';
import { expect, test } from 'vitest';
import { immediate, plan, release } from './plan.ts';
import { settings } from './settings.ts';
import type { RoleState } from './state.ts';
import { warnings } from './warnings.ts';

const on = 'arn:aws:iam::111122223333:role/app';
const arn = 'arn:aws:iam::111122223333:role/team/app';
const entity: Entity = {
  key: 'aws:111122223333:app',
  arn,
  on,
  partition: 'aws',
  account: '111122223333',
  region: '',
  name: 'app',
};
const principal: PrincipalState = {
  kind: 'role',
  on,
  exists: true,
  name: 'app',
  arn,
  id: 'AROAEXAMPLE',
  trusts: ['ec2.amazonaws.com'],
  attached: [],
  boundary: 'arn:aws:iam::111122223333:policy/limits',
  inlineDeny: null,
  conditionalDeny: {},
  conditionalManagedDeny: {},
  marked: false,
};
const now: RoleState = { principal };

test('the immediate deny is wanted by the plan too', () => {
  const [deny] = immediate(entity);
  expect(deny).toMatchObject({ setting: 'iam.principal.inline-deny', on, arn, to: 'deny' });
  expect(plan(now)[0]?.changes[0]).toMatchObject({ ...deny });
});

test('two denies and the mark, the same before and after', () => {
  const settingsOf = (state: RoleState) => plan(state).flatMap(({ changes }) => changes.map(({ setting }) => setting));
  expect(settingsOf(now)).toEqual(['iam.principal.inline-deny', 'iam.principal.attached-deny', 'iam.principal.mark']);
  const done: RoleState = {
    principal: { ...principal, inlineDeny: 'deny', attached: ['arn:aws:iam::aws:policy/AWSDenyAll'], marked: true },
  };
  expect(plan(done)).toEqual(plan(now));
});

test('nothing is wanted of a role that is not there or not meant', () => {
  expect(plan({ principal, missing: 'another path' })).toEqual([]);
  expect(plan({ principal: { ...principal, exists: false } })).toEqual([]);
  expect(warnings({ principal, missing: 'another path' })).toEqual([]);
  expect(warnings({ principal: { ...principal, exists: false } })).toEqual([]);
});

test('release names every setting', () => {
  expect(release.flat().toSorted()).toEqual(Object.keys(settings).toSorted());
});

test('warnings say what goes on, and whom else it hits', () => {
  const said = (state: RoleState) =>
    warnings(state)
      .map(({ text }) => text)
      .join('\n');
  expect(said(now)).toMatch(/other roles that were assumed from this one go on/);
  expect(said(now)).toContain('ec2.amazonaws.com');
  expect(said(now)).toMatch(/Everything that runs as this role/);
  const many = { principal: { ...principal, trusts: Array.from({ length: 40 }, (_, index) => `arn:aws:iam::${index}:root`) } };
  expect(said(many)).toContain('and 35 more');
  const five = { principal: { ...principal, trusts: many.principal.trusts.slice(0, 5) } };
  expect(said(five)).toContain('arn:aws:iam::4:root, who can still');
  expect(said({ principal: { ...principal, trusts: [] } })).toContain('Whoever could assume the role still can.');
  const quarantine = 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3';
  expect(said({ principal: { ...principal, attached: [quarantine] } })).toContain('AWSCompromisedKeyQuarantineV3. It stays');
});
