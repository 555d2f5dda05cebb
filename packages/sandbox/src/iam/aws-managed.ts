import type { ManagedPolicy } from './state.ts';

/**
 * Policies that AWS manages, in every account of a partition from the start. AWSDenyAll and AdministratorAccess say what AWS's say; the
 * others are shortened to what a test can tell apart.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
export function awsManagedPolicies(partition: string): ReadonlyMap<string, ManagedPolicy> {
  const found = byPartition.get(partition);
  if (found !== undefined) return found;
  const made = new Map(documents.map((each) => [`arn:${partition}:iam::aws:policy/${each.name}`, policyOf(partition, each)]));
  byPartition.set(partition, made);
  return made;
}

const byPartition = new Map<string, ReadonlyMap<string, ManagedPolicy>>();
const created = Date.parse('2019-05-01T22:36:14Z');

function policyOf(partition: string, { name, id, statement }: (typeof documents)[number]): ManagedPolicy {
  return {
    arn: `arn:${partition}:iam::aws:policy/${name}`,
    id,
    name,
    path: '/',
    created,
    updated: created,
    tags: new Map(),
    versions: [{ id: 'v1', document: JSON.stringify({ Version: '2012-10-17', Statement: statement }), created }],
    defaultVersion: 'v1',
    nextVersion: 2,
  };
}

// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html: a list of actions, not all of them.
const quarantined = [
  'iam:AttachGroupPolicy',
  'iam:AttachRolePolicy',
  'iam:AttachUserPolicy',
  'iam:CreateAccessKey',
  'iam:CreateRole',
  'iam:CreateUser',
  'iam:CreateLoginProfile',
  'iam:PutUserPolicy',
  'iam:UpdateAccessKey',
  'ec2:RunInstances',
  'ec2:StartInstances',
  'lambda:CreateFunction',
];

const documents: readonly { readonly name: string; readonly id: string; readonly statement: readonly object[] }[] = [
  {
    name: 'AWSDenyAll',
    id: 'ANPAZKAPJZG4P43IUQ5E5',
    statement: [{ Sid: 'DenyAll', Effect: 'Deny', Action: ['*'], Resource: '*' }],
  },
  {
    name: 'AdministratorAccess',
    id: 'ANPAIWMBCKSKIEE64ZLYK',
    statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  },
  {
    name: 'ReadOnlyAccess',
    id: 'ANPAILL3HVNFSB6DCOWYQ',
    statement: [
      {
        Effect: 'Allow',
        Action: ['iam:Get*', 'iam:List*', 'ec2:Describe*', 'ec2:Get*', 'lambda:Get*', 'lambda:List*', 's3:Get*', 's3:List*'],
        Resource: '*',
      },
    ],
  },
  {
    name: 'AWSCompromisedKeyQuarantineV2',
    id: 'ANPAZKAPJZG4ONQMOWRVF',
    statement: [{ Effect: 'Deny', Action: quarantined, Resource: '*' }],
  },
  {
    name: 'AWSCompromisedKeyQuarantineV3',
    id: 'ANPAZKAPJZG4F7XKYQ3TH',
    statement: [
      { Effect: 'Deny', Action: [...quarantined, 's3:GetObject', 'sts:GetSessionToken', 'bedrock:InvokeModel'], Resource: '*' },
    ],
  },
];
