import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DetachRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { PluginWorld, Scene } from '@entity-lockdown/plugin-testkit';
import { secretMark } from '@entity-lockdown/sandbox';

export const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll';

export const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

const allow = (Action: string, Resource = '*'): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] });
const secret = `${secretMark}-policy`;

/** A role that may do anything, and roles named like the segments of its path. Answers its ARN. */
export function populate({ run, account, sandbox }: Pick<Scene, 'run' | 'account' | 'sandbox'>): string {
  for (const [RoleName, Path] of [
    ['app', '/team/ops/'],
    ['team', '/'],
    ['ops', '/'],
    ['role', '/'],
  ]) {
    run(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument: trust }));
    run(new PutRolePolicyCommand({ RoleName, PolicyName: 'everything', PolicyDocument: allow('*') }));
  }
  return `arn:${sandbox.world.partitionOf(account)}:iam::${account}:role/team/ops/app`;
}

/** Leaves no room for another inline policy. */
export function fillInline({ run }: Pick<Scene, 'run'>): void {
  const PolicyDocument = allow('s3:Get*', `arn:aws:s3:::${'x'.repeat(10_030)}`);
  run(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'long', PolicyDocument }));
}

/** A permissions boundary, which a containment may have to replace. */
export function bound({ run }: Pick<Scene, 'run'>): void {
  const { Policy } = run(new CreatePolicyCommand({ PolicyName: 'limits', PolicyDocument: allow('*') }));
  run(new PutRolePermissionsBoundaryCommand({ RoleName: 'app', PermissionsBoundary: Policy?.Arn }));
}

/** Roles as different from one another as they come. */
export const worlds: readonly PluginWorld[] = [
  {
    title: 'with a path, and many policies',
    sandbox: { iam: { pageSize: 1 } },
    seed: (scene) => {
      const arn = populate(scene);
      for (const name of ['ReadOnlyAccess', 'AdministratorAccess'])
        scene.run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: `arn:aws:iam::aws:policy/${name}` }));
      scene.run(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: secret, PolicyDocument: allow('s3:*') }));
      return arn;
    },
    expect: 'contained',
    spellings: () => ['arn:aws:sts::111122223333:assumed-role/app/session', 'arn:aws:sts::111122223333:assumed-role/app'],
    secrets: [secret],
  },
  {
    title: 'by a session',
    seed: (scene) => {
      populate(scene);
      return `arn:aws:sts::${scene.account}:assumed-role/app/i-0123456789abcdef0`;
    },
    expect: 'contained',
  },
  {
    title: 'AWSDenyAll attached before',
    seed: (scene) => {
      const arn = populate(scene);
      scene.run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: denyAll }));
      return arn;
    },
    expect: 'contained',
  },
  {
    title: 'no room to attach a policy',
    sandbox: { iam: { attachedPerRole: 0 } },
    seed: populate,
    expect: 'contained',
  },
  {
    title: 'no room for an inline policy',
    seed: (scene) => {
      const arn = populate(scene);
      fillInline(scene);
      return arn;
    },
    expect: 'contained',
  },
  {
    title: 'room for neither, and no boundary',
    sandbox: { iam: { attachedPerRole: 0 } },
    seed: (scene) => {
      const arn = populate(scene);
      fillInline(scene);
      return arn;
    },
    expect: 'contained',
  },
  {
    title: 'room for neither, and a boundary',
    sandbox: { iam: { attachedPerRole: 0 } },
    seed: (scene) => {
      const arn = populate(scene);
      fillInline(scene);
      bound(scene);
      return arn;
    },
    expect: 'contained',
    drift: ({ run }) => {
      run(
        new PutRolePermissionsBoundaryCommand({ RoleName: 'app', PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
      );
    },
  },
  {
    title: 'a deny taken off meanwhile',
    seed: populate,
    meanwhile: ({ run }) => {
      run(new DetachRolePolicyCommand({ RoleName: 'app', PolicyArn: denyAll }));
    },
    expect: 'contained',
  },
  {
    title: 'not there',
    seed: (scene) => {
      populate(scene);
      return `arn:aws:iam::${scene.account}:role/app/nobody`;
    },
    expect: 'refused',
  },
  {
    title: 'another one, with another path',
    seed: (scene) => {
      populate(scene);
      return `arn:aws:iam::${scene.account}:role/app`;
    },
    expect: 'refused',
  },
];
