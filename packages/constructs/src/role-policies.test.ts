import type { Grant, Manifest } from '@entity-lockdown/plugin-api';
import { Aws } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { iamChanges, rolePolicies } from './role-policies.ts';

function manifest(grants: readonly Partial<Grant>[]): Manifest {
  return {
    api: 1,
    id: 'test.service.thing',
    title: 'thing',
    match: ['arn:*'],
    grants: grants.map((grant) => ({ sessions: ['contain'], actions: [], resources: ['*'], why: 'test', ...grant })),
  };
}

/** As CloudFormation fills it in. */
function deployed(document: object): string {
  return JSON.stringify(document).replaceAll(Aws.PARTITION, 'aws-us-gov').replaceAll(Aws.ACCOUNT_ID, '111122223333');
}

/** As many grants as asked for, each a statement of its own of some 1,000 characters. */
function long(grants: number): Manifest {
  return manifest(
    Array.from({ length: grants }, (_, at) => ({
      actions: [`test:Action${at}` as const],
      resources: [`arn:{partition}:test::{account}:${'x'.repeat(900)}${at}`],
    })),
  );
}

test('what fits is one inline policy', () => {
  const { inline, managed } = rolePolicies([long(3)], 'contain');
  expect(inline?.Statement).toHaveLength(3);
  expect(managed).toEqual([]);
});

test('what does not fit is managed policies, each within its limit, with every statement once', () => {
  const { inline, managed } = rolePolicies([long(20)], 'contain');
  expect(inline).toBeUndefined();
  expect(managed.length).toBeGreaterThan(3);
  for (const document of managed) expect(deployed(document).length).toBeLessThanOrEqual(6_144);
  expect(managed.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action)).toSorted()).toEqual(
    Array.from({ length: 20 }, (_, at) => `test:Action${at}`).toSorted(),
  );
});

test('a statement that is too long by itself is split by its actions', () => {
  const actions = Array.from({ length: 300 }, (_, at) => `test:${'Action'.repeat(6)}${at}` as const);
  const { managed } = rolePolicies([manifest([{ actions }])], 'contain');
  for (const document of managed) expect(JSON.stringify(document).length).toBeLessThanOrEqual(6_144);
  expect(managed.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action)).toSorted()).toEqual(actions.toSorted());
});

test('resources that fit nowhere are an error with the action', () => {
  const huge = manifest([{ actions: ['test:Act'], resources: [`arn:${'x'.repeat(12_000)}`] }]);
  expect(() => rolePolicies([huge], 'contain')).toThrow('test:Act');
});

test('what changes something in IAM is told from what reads', () => {
  const policies = rolePolicies(
    [manifest([{ actions: ['iam:GetRole', 'iam:PutRolePolicy', 'iam:ListUsers', 'ec2:CreateTags'] }])],
    'contain',
  );
  expect(iamChanges(policies)).toEqual(['iam:PutRolePolicy']);
});
