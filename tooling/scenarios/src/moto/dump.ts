import {
  DescribeInstanceAttributeCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupRulesCommand,
  type EC2Client,
  paginateDescribeInstances,
  paginateDescribeSecurityGroups,
} from '@aws-sdk/client-ec2';
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  type IAMClient,
  ListAttachedGroupPoliciesCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupsForUserCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  ListServiceSpecificCredentialsCommand,
  ListUserPoliciesCommand,
  paginateListAccessKeys,
  paginateListGroups,
  paginateListPolicies,
  paginateListRoles,
  paginateListSigningCertificates,
  paginateListSSHPublicKeys,
  paginateListUsers,
} from '@aws-sdk/client-iam';
import {
  GetFunctionConcurrencyCommand,
  type LambdaClient,
  ListProvisionedConcurrencyConfigsCommand,
  ListTagsCommand,
  paginateListEventSourceMappings,
  paginateListFunctions,
} from '@aws-sdk/client-lambda';

/** Clients that read an account. */
export interface Reader {
  readonly iam: IAMClient;
  readonly ec2: EC2Client;
  readonly lambda: LambdaClient;
}

/** All that is stored in an account of what Entity Lockdown could change, to compare before and after. */
export interface Dump {
  readonly iam: object;
  readonly functions: object;
  readonly instances: object;
}

export async function dump(reader: Reader): Promise<Dump> {
  const [iam, functions, instances] = await Promise.all([dumpIam(reader.iam), dumpLambda(reader.lambda), dumpEc2(reader.ec2)]);
  return plain({ iam, functions, instances });
}

async function dumpIam(client: IAMClient): Promise<object> {
  const found = { users: [] as object[], groups: [] as object[], roles: [] as object[], policies: [] as object[] };
  for await (const { Users = [] } of paginateListUsers({ client }, {}))
    for (const { UserName = '' } of Users) found.users.push(await user(client, UserName));
  for await (const { Roles = [] } of paginateListRoles({ client }, {}))
    for (const { RoleName = '' } of Roles) found.roles.push(await role(client, RoleName));
  for await (const { Groups = [] } of paginateListGroups({ client }, {}))
    for (const { GroupName } of Groups) {
      const { AttachedPolicies } = await client.send(new ListAttachedGroupPoliciesCommand({ GroupName }));
      found.groups.push({ GroupName, AttachedPolicies });
    }
  // AWS's own policies are not the account's.
  for await (const { Policies = [] } of paginateListPolicies({ client }, { Scope: 'Local' })) found.policies.push(...Policies);
  return found;
}

async function user(client: IAMClient, UserName: string): Promise<object> {
  const { User } = await client.send(new GetUserCommand({ UserName }));
  const { PolicyNames = [] } = await client.send(new ListUserPoliciesCommand({ UserName }));
  const inline = await Promise.all(
    PolicyNames.map((PolicyName) => client.send(new GetUserPolicyCommand({ UserName, PolicyName }))),
  );
  const { AttachedPolicies } = await client.send(new ListAttachedUserPoliciesCommand({ UserName }));
  const { Groups } = await client.send(new ListGroupsForUserCommand({ UserName }));
  return { ...User, inline, AttachedPolicies, memberOf: Groups, ...(await credentials(client, UserName)) };
}

async function role(client: IAMClient, RoleName: string): Promise<object> {
  const { Role } = await client.send(new GetRoleCommand({ RoleName }));
  const { PolicyNames = [] } = await client.send(new ListRolePoliciesCommand({ RoleName }));
  const inline = await Promise.all(
    PolicyNames.map((PolicyName) => client.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
  );
  const { AttachedPolicies } = await client.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  const { InstanceProfiles } = await client.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
  return { ...Role, inline, AttachedPolicies, profiles: InstanceProfiles };
}

async function credentials(client: IAMClient, UserName: string): Promise<object> {
  const found = { keys: [] as object[], ssh: [] as object[], certificates: [] as object[] };
  for await (const page of paginateListAccessKeys({ client }, { UserName })) found.keys.push(...(page.AccessKeyMetadata ?? []));
  for await (const page of paginateListSSHPublicKeys({ client }, { UserName })) found.ssh.push(...(page.SSHPublicKeys ?? []));
  for await (const page of paginateListSigningCertificates({ client }, { UserName }))
    found.certificates.push(...(page.Certificates ?? []));
  const { ServiceSpecificCredentials } = await client.send(new ListServiceSpecificCredentialsCommand({ UserName }));
  return { ...found, serviceSpecific: ServiceSpecificCredentials };
}

async function dumpLambda(client: LambdaClient): Promise<object> {
  const functions: object[] = [];
  for await (const { Functions = [] } of paginateListFunctions({ client }, {}))
    for (const configuration of Functions) {
      const { FunctionName, FunctionArn } = configuration;
      const [concurrency, provisioned, tags] = await Promise.all([
        client.send(new GetFunctionConcurrencyCommand({ FunctionName })),
        client.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName })),
        client.send(new ListTagsCommand({ Resource: FunctionArn })),
      ]);
      functions.push({
        configuration,
        reserved: concurrency.ReservedConcurrentExecutions,
        provisioned: provisioned.ProvisionedConcurrencyConfigs,
        tags: tags.Tags,
      });
    }
  const mappings: object[] = [];
  for await (const page of paginateListEventSourceMappings({ client }, {})) mappings.push(...(page.EventSourceMappings ?? []));
  return { functions, mappings };
}

async function dumpEc2(client: EC2Client): Promise<object> {
  const groups: object[] = [];
  for await (const page of paginateDescribeSecurityGroups({ client }, {})) groups.push(...(page.SecurityGroups ?? []));
  const instances: object[] = [];
  for await (const { Reservations = [] } of paginateDescribeInstances({ client }, {}))
    for (const instance of Reservations.flatMap(({ Instances = [] }) => Instances)) {
      const { InstanceId } = instance;
      const attributes = await Promise.all(
        (['disableApiTermination', 'disableApiStop', 'instanceInitiatedShutdownBehavior'] as const).map((Attribute) =>
          client.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute })),
        ),
      );
      instances.push({ instance, attributes });
    }
  const { NetworkInterfaces } = await client.send(new DescribeNetworkInterfacesCommand({}));
  const { SecurityGroupRules } = await client.send(new DescribeSecurityGroupRulesCommand({}));
  return { groups, instances, interfaces: NetworkInterfaces, rules: SecurityGroupRules };
}

/** Times at which something was changed or asked for, and the requests' own data: nobody promises to put them back. */
const passing: ReadonlySet<string> = new Set([
  '$metadata',
  'LastModified',
  'RevisionId',
  'UpdateDate',
  'PasswordLastUsed',
  'RoleLastUsed',
  'StateTransitionReason',
  'UsageOperationUpdateTime',
]);

function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (key, inner: unknown) => (passing.has(key) ? undefined : inSetOrder(key, inner))));
}

/** What AWS lists in no order of its own, is compared in none: all but the groups of an interface. */
function inSetOrder(key: string, value: unknown): unknown {
  if (!Array.isArray(value) || key === 'Groups') return value;
  return value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
