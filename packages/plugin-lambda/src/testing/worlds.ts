import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  ListPoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import type { PluginWorld, Scene } from '@entity-lockdown/plugin-testkit';
import { putFunctionRole } from '@entity-lockdown/sandbox';
import {
  account,
  alias,
  lambda,
  mapping,
  type Organization,
  organization,
  publish,
  region,
  reserve,
  role,
  secret,
  swapRole,
} from './organization.ts';

/** Functions as different from one another as they come. */
export const worlds: readonly PluginWorld[] = [
  {
    title: 'with a queue, an alias and a reservation',
    seed: (scene) => {
      const of = organization(scene);
      const entity = lambda(of, 'etl');
      reserve(of, entity, 7);
      alias(of, entity, 'live');
      mapping(of, 'etl', 'jobs');
      mapping(of, 'etl:live', 'more');
      mapping(of, 'etl', 'paused', false);
      return entity.arn;
    },
    expect: 'contained',
    spellings: (arn) => [`${arn}:live`, `${arn}:1`, `${arn}:$LATEST`],
    secrets: [secret],
    drift: ({ run }) => {
      run(new PutFunctionConcurrencyCommand({ FunctionName: 'etl', ReservedConcurrentExecutions: 3 }), region);
    },
  },
  {
    title: 'with provisioned concurrency in the way',
    seed: (scene) => {
      const of = organization(scene);
      const entity = lambda(of, 'etl');
      alias(of, entity, 'live', 5);
      return entity.arn;
    },
    expect: 'contained',
  },
  {
    title: 'the deny for this function alone',
    seed: (scene) => lambda(organization(scene), 'etl').arn,
    options: { scope: 'function' },
    expect: 'contained',
  },
  ...(['role', 'function'] as const).map(
    (scope): PluginWorld => ({
      title: `a version with another role than the function has by now, the deny for the ${scope}`,
      seed: (scene) => {
        const of = organization(scene);
        role(of, 'fresh');
        const entity = lambda(of, 'etl');
        publish(of, entity);
        swapRole(of, entity, 'fresh');
        return entity.arn;
      },
      options: { scope },
      expect: 'contained',
      spellings: (arn) => [`${arn}:1`],
    }),
  ),
  {
    title: 'a version that keeps a role of another account',
    seed: (scene) => {
      const of = organization(scene);
      const entity = lambda(of, 'etl');
      putFunctionRole(of.place, 'etl', 'arn:aws:iam::444455556666:role/theirs');
      publish(of, entity);
      swapRole(of, entity, 'worker');
      return entity.arn;
    },
    expect: 'partial',
  },
  {
    title: 'a role without room for inline policies',
    seed: (scene) => {
      const of = organization(scene);
      fillInline(of, 'worker');
      return lambda(of, 'etl').arn;
    },
    expect: 'contained',
  },
  {
    title: 'a role without room for inline policies, the deny for this function alone',
    seed: (scene) => {
      const of = organization(scene);
      fillInline(of, 'worker');
      return lambda(of, 'etl').arn;
    },
    options: { scope: 'function' },
    expect: 'contained',
    meanwhile: turnOurPolicy,
  },
  {
    title: 'a role without room for managed policies',
    seed: (scene) => {
      const of = organization(scene);
      fillAttached(of, 'worker');
      return lambda(of, 'etl').arn;
    },
    expect: 'contained',
  },
  {
    title: 'a role without room for any policy',
    seed: (scene) => {
      const of = organization(scene);
      fillInline(of, 'worker');
      fillAttached(of, 'worker');
      return lambda(of, 'etl').arn;
    },
    expect: 'contained',
  },
  {
    title: 'a role without room for any policy: never denied to other functions unasked',
    seed: (scene) => {
      const of = organization(scene);
      fillInline(of, 'worker');
      fillAttached(of, 'worker');
      return lambda(of, 'etl').arn;
    },
    options: { scope: 'function' },
    expect: 'partial',
  },
  {
    title: 'a role without room for any policy, and with a boundary of its own',
    seed: (scene) => {
      const of = organization(scene);
      fillInline(of, 'worker');
      fillAttached(of, 'worker');
      const PermissionsBoundary = somePolicy(of, 'limits');
      of.run(new PutRolePermissionsBoundaryCommand({ RoleName: 'worker', PermissionsBoundary }));
      return lambda(of, 'etl').arn;
    },
    expect: 'contained',
  },
  {
    title: 'a role that somebody had denied everything before',
    seed: (scene) => {
      const of = organization(scene);
      const PolicyArn = 'arn:aws:iam::aws:policy/AWSDenyAll';
      of.run(new AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn }));
      return lambda(of, 'etl').arn;
    },
    expect: 'contained',
  },
  {
    title: 'a role of another account',
    seed: (scene) => {
      const of = organization(scene);
      const entity = lambda(of, 'etl');
      putFunctionRole(of.place, 'etl', 'arn:aws:iam::444455556666:role/theirs');
      return entity.arn;
    },
    expect: 'partial',
  },
  {
    title: 'no such function',
    seed: () => `arn:aws:lambda:${region}:${account}:function:nothing`,
    expect: 'refused',
  },
  { title: 'a layer', seed: () => `arn:aws:lambda:${region}:${account}:layer:tools:1`, expect: 'refused' },
];

/** Adds inline policies until not even a short one fits. */
function fillInline(of: Organization, RoleName: string): void {
  for (const size of [900, 100, 10, 1])
    for (let part = 0; part < 20; part += 1) {
      const allow = { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${'x'.repeat(size)}/*` };
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [allow] });
      const PolicyName = `fill-${size}-${part}`;
      if (isFull(() => of.run(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument })))) break;
    }
}

function fillAttached(of: Organization, RoleName: string): void {
  for (let part = 0; part < 30; part += 1) {
    const PolicyArn = somePolicy(of, `fill-${part}`);
    if (isFull(() => of.run(new AttachRolePolicyCommand({ RoleName, PolicyArn })))) return;
  }
}

function isFull(add: () => unknown): boolean {
  try {
    add();
    return false;
  } catch (error) {
    if ((error as { code?: string }).code === 'LimitExceeded') return true;
    throw error;
  }
}

function somePolicy(of: Organization, PolicyName: string): string {
  const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [allow] });
  return of.run(new CreatePolicyCommand({ PolicyName, PolicyDocument })).Policy?.Arn ?? '';
}

/** An attacker makes our managed policy allow everything. */
function turnOurPolicy({ run }: Scene): void {
  const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [allow] });
  for (const { PolicyName, Arn } of run(new ListPoliciesCommand({ Scope: 'Local', MaxItems: 1_000 })).Policies ?? [])
    if (PolicyName?.startsWith('EntityLockdown-'))
      run(new CreatePolicyVersionCommand({ PolicyArn: Arn, PolicyDocument, SetAsDefault: true }));
}
