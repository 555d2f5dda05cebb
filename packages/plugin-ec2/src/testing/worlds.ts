import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupsCommand,
  ModifyInstanceAttributeCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  ListPoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { PluginWorld, Scene } from '@entity-lockdown/plugin-testkit';
import { makeManagedInstance, makeRequesterManaged, secretMark } from '@entity-lockdown/sandbox';
import { kindTag } from '../own-group.ts';
import { account, attachAnother, entityOf, instance, type Organization, organization, profile, region } from './organization.ts';

const userData = `${secretMark}-user-data`;

/** Instances as different from one another as they come. */
export const worlds: readonly PluginWorld[] = [
  {
    title: 'two interfaces, and a role with paths',
    seed: (scene) => {
      const of = organization(scene);
      return instance(of, {
        IamInstanceProfile: { Name: profile(of, 'web', 'web') },
        InstanceInitiatedShutdownBehavior: 'terminate',
        UserData: Buffer.from(userData).toString('base64'),
      }).arn;
    },
    expect: 'contained',
    secrets: [userData, Buffer.from(userData).toString('base64')],
    meanwhile: openOurGroups,
    drift: (scene, arn) => {
      const InstanceId = entityOf(arn.slice(arn.indexOf('/') + 1)).name;
      scene.run(
        new ModifyInstanceAttributeCommand({ InstanceId, InstanceInitiatedShutdownBehavior: { Value: 'terminate' } }),
        region,
      );
    },
  },
  {
    title: 'its whole role denied',
    seed: (scene) => {
      const of = organization(scene);
      return instance(of, { IamInstanceProfile: { Name: profile(of, 'web', 'web') } }).arn;
    },
    options: { scope: 'role', dwell: 0 },
    expect: 'contained',
  },
  {
    title: 'a profile without a role',
    seed: (scene) => {
      const of = organization(scene);
      return instance(of, { IamInstanceProfile: { Name: profile(of, 'empty', undefined) } }).arn;
    },
    options: { dwell: 0 },
    expect: 'contained',
  },
  {
    title: 'a role without room for another inline policy',
    seed: (scene) => withRole(scene, (of) => fillInline(of, 'web')),
    expect: 'contained',
    meanwhile: turnOurPolicy,
  },
  {
    title: 'a role without room for another inline policy, denied as a whole',
    seed: (scene) => withRole(scene, (of) => fillInline(of, 'web')),
    options: { scope: 'role' },
    expect: 'contained',
  },
  {
    title: 'a role without room for another managed policy, denied as a whole',
    seed: (scene) => withRole(scene, (of) => fillAttached(of, 'web')),
    options: { scope: 'role' },
    expect: 'contained',
  },
  {
    title: 'a role without room for any policy: never denied to others unasked',
    seed: (scene) =>
      withRole(scene, (of) => {
        fillInline(of, 'web');
        fillAttached(of, 'web');
      }),
    expect: 'partial',
  },
  {
    title: 'a role without room for any policy, denied as a whole by its boundary',
    seed: (scene) =>
      withRole(scene, (of) => {
        fillInline(of, 'web');
        fillAttached(of, 'web');
      }),
    options: { scope: 'role' },
    expect: 'contained',
  },
  {
    title: 'a role without room for any policy, and with a boundary of its own',
    seed: (scene) =>
      withRole(scene, (of) => {
        fillInline(of, 'web');
        fillAttached(of, 'web');
        const PermissionsBoundary = somePolicy(of, 'limits');
        of.run(new PutRolePermissionsBoundaryCommand({ RoleName: 'web', PermissionsBoundary }));
      }),
    options: { scope: 'role' },
    expect: 'contained',
  },
  {
    title: 'a role that somebody had denied everything before',
    seed: (scene) =>
      withRole(scene, (of) => {
        const PolicyArn = 'arn:aws:iam::aws:policy/AWSDenyAll';
        of.run(new AttachRolePolicyCommand({ RoleName: 'web', PolicyArn }));
      }),
    options: { scope: 'role' },
    expect: 'contained',
  },
  {
    title: 'a VPC without IPv6',
    seed: (scene) => instance(organization(scene, false)).arn,
    expect: 'contained',
  },
  {
    title: 'no profile, and stopped',
    seed: (scene) => {
      const of = organization(scene);
      const entity = instance(of);
      of.run(new StopInstancesCommand({ InstanceIds: [entity.name] }));
      of.pass(120);
      return entity.arn;
    },
    expect: 'contained',
  },
  {
    title: 'a Spot Instance',
    seed: (scene) => instance(organization(scene), { InstanceMarketOptions: { MarketType: 'spot' } }).arn,
    expect: 'contained',
  },
  {
    title: 'an interface that a service manages',
    seed: (scene) => {
      const of = organization(scene);
      const entity = instance(of);
      makeRequesterManaged(of.place, attachAnother(of, entity), 'amazon-eks');
      return entity.arn;
    },
    expect: 'partial',
  },
  {
    title: 'an instance that a service manages',
    seed: (scene) => {
      const of = organization(scene);
      const entity = instance(of);
      makeManagedInstance(of.place, entity.name, 'eks.amazonaws.com');
      return entity.arn;
    },
    expect: 'partial',
  },
  { title: 'no such instance', seed: () => entityOf('i-0123456789abcdef0').arn, expect: 'refused' },
  {
    title: 'an interface',
    seed: () => `arn:aws:ec2:${region}:${account}:network-interface/eni-0123456789abcdef0`,
    expect: 'refused',
  },
];

/** An instance with the role `web`, to which something was done before. */
function withRole(scene: Scene, prepare: (of: Organization) => void): string {
  const of = organization(scene);
  const Name = profile(of, 'web', 'web');
  prepare(of);
  return instance(of, { IamInstanceProfile: { Name } }).arn;
}

/** An attacker puts a rule into each of our groups. */
function openOurGroups(scene: Scene): void {
  const Filters = [{ Name: 'tag-key', Values: [kindTag] }];
  for (const { GroupId } of scene.run(new DescribeSecurityGroupsCommand({ Filters }), region).SecurityGroups ?? [])
    scene.run(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '198.51.100.7/32' }] }],
      }),
      region,
    );
}

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
