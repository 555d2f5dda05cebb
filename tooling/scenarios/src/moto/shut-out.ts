import { DescribeNetworkInterfacesCommand, DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import {
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListRolePoliciesCommand,
  ListServiceSpecificCredentialsCommand,
  ListSSHPublicKeysCommand,
  ListUserPoliciesCommand,
} from '@aws-sdk/client-iam';
import {
  GetFunctionConcurrencyCommand,
  ListEventSourceMappingsCommand,
  ListProvisionedConcurrencyConfigsCommand,
} from '@aws-sdk/client-lambda';
import { expect } from 'vitest';
import type { Account } from './account.ts';
import type { EntityType, World } from './worlds.ts';

/** Fails unless the attacker is shut out, as AWS shows it: what Entity Lockdown says of it is not asked. */
export const expectShutOut: { readonly [type in EntityType]: (world: World) => Promise<void> } = {
  user: userShutOut,
  role: async ({ account }) => expectRoleDenied(account, 'app'),
  function: functionShutOut,
  instance: instanceShutOut,
};

async function userShutOut({ account: { iam } }: World): Promise<void> {
  const UserName = 'alice';
  const { PolicyNames = [] } = await iam.send(new ListUserPoliciesCommand({ UserName }));
  const inline = await Promise.all(
    PolicyNames.map(async (PolicyName) => (await iam.send(new GetUserPolicyCommand({ UserName, PolicyName }))).PolicyDocument),
  );
  expect(inline.map(parsed)).toContainEqual(denyAll);
  const { AttachedPolicies } = await iam.send(new ListAttachedUserPoliciesCommand({ UserName }));
  expect(AttachedPolicies?.map(({ PolicyName }) => PolicyName)).toContain('AWSDenyAll');
  const [keys, ssh, passwords] = await Promise.all([
    iam.send(new ListAccessKeysCommand({ UserName })),
    iam.send(new ListSSHPublicKeysCommand({ UserName })),
    iam.send(new ListServiceSpecificCredentialsCommand({ UserName })),
  ]);
  const credentials = [
    ...(keys.AccessKeyMetadata ?? []),
    ...(ssh.SSHPublicKeys ?? []),
    ...(passwords.ServiceSpecificCredentials ?? []),
  ];
  expect(credentials.map(({ Status }) => Status)).toEqual(['Inactive', 'Inactive', 'Inactive', 'Inactive']);
}

/** The inline deny to everything, and AWSDenyAll attached. */
export async function expectRoleDenied(account: Account, RoleName: string): Promise<void> {
  expect(await inlinePolicies(account, RoleName)).toContainEqual(denyAll);
  const { AttachedPolicies } = await account.iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  expect(AttachedPolicies?.map(({ PolicyName }) => PolicyName)).toContain('AWSDenyAll');
}

export async function inlinePolicies({ iam }: Account, RoleName: string): Promise<readonly unknown[]> {
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const documents = await Promise.all(
    PolicyNames.map(async (PolicyName) => (await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))).PolicyDocument),
  );
  return documents.map(parsed);
}

async function functionShutOut({ account }: World): Promise<void> {
  const FunctionName = 'orders';
  await expectRoleDenied(account, 'worker');
  const [reserved, provisioned, mappings] = await Promise.all([
    account.lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
    account.lambda.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName })),
    account.lambda.send(new ListEventSourceMappingsCommand({ FunctionName })),
  ]);
  expect(reserved.ReservedConcurrentExecutions).toBe(0);
  expect(provisioned.ProvisionedConcurrencyConfigs).toEqual([]);
  expect(mappings.EventSourceMappings?.map(({ State }) => State)).toEqual(['Disabled', 'Disabled']);
}

/** Every interface has one group, which has no rules; the role is denied to this instance alone. */
async function instanceShutOut({ account, arn }: World): Promise<void> {
  const id = arn.slice(arn.indexOf('/') + 1);
  const { NetworkInterfaces = [] } = await account.ec2.send(
    new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'attachment.instance-id', Values: [id] }] }),
  );
  const ids = NetworkInterfaces.map(({ Groups = [] }) => Groups.map(({ GroupId }) => GroupId ?? ''));
  expect(ids.map((each) => each.length)).toEqual([1, 1]);
  const { SecurityGroups = [] } = await account.ec2.send(
    new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-id', Values: ids.flat() }] }),
  );
  for (const group of SecurityGroups) expect([group.IpPermissions, group.IpPermissionsEgress]).toEqual([[], []]);
  expect(await inlinePolicies(account, 'web')).toContainEqual(denyTo('ec2:SourceInstanceARN', arn));
}

const denyAll = {
  Version: '2012-10-17',
  Statement: [expect.objectContaining({ Effect: 'Deny', Action: '*', Resource: '*' })],
};

export function denyTo(key: string, arn: string): object {
  const Condition = { ArnEquals: { [key]: arn } };
  return { ...denyAll, Statement: [expect.objectContaining({ Effect: 'Deny', Action: '*', Resource: '*', Condition })] };
}

/** IAM answers policies in URL encoding: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html */
function parsed(document: string | undefined): unknown {
  return JSON.parse(decodeURIComponent(document ?? ''));
}
