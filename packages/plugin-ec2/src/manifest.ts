import { conditionalDenyGrants, unconditionalDenyGrants } from '@entity-lockdown/iam-deny';
import type { Grant, Manifest } from '@entity-lockdown/plugin-api';
import { ledgerTag } from './own-group.ts';

const itself = 'arn:{partition}:ec2:{region}:{account}:instance/{name}';
const groups = 'arn:{partition}:ec2:{region}:{account}:security-group/*';
const roles = ['arn:{partition}:iam::{account}:role/*'];
const ours: NonNullable<Grant['conditions']> = { Null: { [`aws:ResourceTag/${ledgerTag}`]: 'false' } };

const unprotected = 'the instance is not protected, and may be lost as evidence';

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html */
export const manifest: Manifest = {
  api: 1,
  id: 'aws.ec2.instance',
  title: 'EC2 instance',
  match: ['arn:*:ec2:*:*:*'],
  hints: [
    {
      prefix: 'i-',
      say: 'That is the id of an instance. Give its ARN: arn:aws:ec2:REGION:ACCOUNT:instance/i-...',
    },
  ],
  options: {
    scope: {
      kind: 'choice',
      title: 'Whom the deny on the role is for: this instance alone, or all that uses the role',
      values: ['instance', 'role'],
      default: 'instance',
    },
    dwell: {
      kind: 'seconds',
      title: 'How long connections are given to be no longer tracked before the interfaces are isolated',
      least: 0,
      most: 900,
      default: 60,
    },
  },
  grants: [
    {
      sessions: ['contain', 'release'],
      actions: ['ec2:DescribeInstances', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroups'],
      resources: ['*'],
      why: 'see how the instance is, and read back what was changed; these actions know no resource',
    },
    {
      sessions: ['contain', 'release'],
      actions: ['iam:GetInstanceProfile'],
      resources: ['arn:{partition}:iam::{account}:instance-profile/*'],
      why: 'find the role of the instance',
    },
    {
      sessions: ['contain', 'release'],
      actions: ['iam:ListInstanceProfilesForRole'],
      resources: roles,
      why: 'see in one round trip that the role of the instance is still the one that was denied',
      optional: 'the interfaces are isolated a round trip later',
    },
    {
      sessions: ['contain', 'release'],
      actions: ['ec2:ModifyNetworkInterfaceAttribute'],
      resources: [
        'arn:{partition}:ec2:{region}:{account}:network-interface/*',
        'arn:{partition}:ec2:{region}:*:subnet/*',
        groups,
        itself,
      ],
      why: 'give the interfaces the groups that isolate them, and give theirs back',
    },
    {
      sessions: ['contain'],
      actions: ['ec2:CreateSecurityGroup'],
      resources: [groups],
      conditions: { Null: { [`aws:RequestTag/${ledgerTag}`]: 'false' } },
      why: 'make the groups that isolate, with our tag',
    },
    {
      sessions: ['contain'],
      actions: ['ec2:CreateSecurityGroup'],
      resources: ['arn:{partition}:ec2:{region}:*:vpc/*'],
      why: 'make them in the VPC of each interface, which another account may share',
    },
    {
      sessions: ['contain'],
      actions: ['ec2:CreateTags'],
      resources: [groups],
      conditions: { StringEquals: { 'ec2:CreateAction': 'CreateSecurityGroup' } },
      why: 'tag the groups as they are made, and nothing else',
    },
    {
      sessions: ['contain'],
      actions: [
        'ec2:AuthorizeSecurityGroupIngress',
        'ec2:AuthorizeSecurityGroupEgress',
        'ec2:RevokeSecurityGroupIngress',
        'ec2:RevokeSecurityGroupEgress',
      ],
      resources: [groups],
      conditions: ours,
      why: 'give our groups their rules, and take away what is no part of them',
    },
    {
      sessions: ['release'],
      actions: ['ec2:DeleteSecurityGroup'],
      resources: [groups],
      conditions: ours,
      why: 'remove our groups after the last release',
    },
    {
      sessions: ['contain', 'release'],
      actions: ['ec2:DescribeInstanceAttribute'],
      resources: [itself],
      why: 'see whether the instance is protected from being terminated or stopped',
      optional: unprotected,
    },
    {
      sessions: ['contain', 'release'],
      actions: ['ec2:ModifyInstanceAttribute'],
      resources: [itself],
      // Not the user data among others, which the instance runs as root when it starts.
      // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-policies-for-amazon-ec2.html#attribute-key
      conditions: {
        StringEqualsIgnoreCase: {
          'ec2:Attribute': ['DisableApiTermination', 'DisableApiStop', 'InstanceInitiatedShutdownBehavior'],
        },
      },
      why: 'protect the instance from being terminated or stopped, and undo it',
      optional: unprotected,
    },
    ...conditionalDenyGrants(roles),
    ...unconditionalDenyGrants('role', roles),
  ],
};
