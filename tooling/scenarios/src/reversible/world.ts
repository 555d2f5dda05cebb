import {
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  AddRoleToInstanceProfileCommand,
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  type Actor,
  configureEc2,
  configureLambda,
  createSandbox,
  ec2AtOnce,
  lambdaAtOnce,
  type Sandbox,
  secretMark,
} from '@entity-lockdown/sandbox';
import type { Chance } from '../chance.ts';

/** A generated organization, and what in it can be contained. */
export interface GeneratedWorld {
  readonly sandbox: Sandbox;
  readonly account: string;
  readonly entities: readonly GeneratedEntity[];
}

export interface GeneratedEntity {
  readonly arn: string;
  options(random: Chance): { readonly [name: string]: string | number };
}

const account = '111122223333';
const region = 'eu-west-1';
const aws = (name: string) => `arn:aws:iam::aws:policy/${name}`;
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: ['ec2.amazonaws.com', 'lambda.amazonaws.com'] }, Action: 'sts:AssumeRole' },
  ],
});

/** A world in which users, roles, functions, instances, groups, profiles and policies share one another, near their quotas at times. */
export function generateWorld(random: Chance, clock: { now(): number }): GeneratedWorld {
  const sandbox = createSandbox({ now: () => clock.now(), seed: random.below(1_000_000), accounts: [{ id: account }] });
  const place = { world: sandbox.world, account, region };
  configureEc2(place, ec2AtOnce);
  configureLambda(place, lambdaAtOnce);
  const admin = sandbox.as(`admin:${account}`);
  const policies = ['base', 'extra'].map((name) => makePolicy(admin, name));
  const roles = many(random, 1, 3, (index) => makeRole(admin, random, `role-${index}`, policies));
  return {
    sandbox,
    account,
    entities: [
      ...makeUsers(admin, random, policies),
      ...roles.map((arn) => ({ arn, options: () => ({}) })),
      ...makeFunctions(admin, random, roles),
      ...makeInstances(admin, random, roles),
    ],
  };
}

function many<T>(random: Chance, least: number, most: number, make: (index: number) => T): T[] {
  return Array.from({ length: least + random.below(most - least + 1) }, (_, index) => make(index));
}

function path(random: Chance): string {
  return random.pick(['/', '/', '/team/', '/team/role-0/']);
}

function makePolicy(admin: Actor, name: string): string {
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
  });
  return admin.run(new CreatePolicyCommand({ PolicyName: name, PolicyDocument })).Policy?.Arn ?? '';
}

/** A policy document of about so many characters. */
function documentOf(length: number): string {
  const statement = {
    Effect: 'Allow',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::bucket/${'x'.repeat(Math.max(0, length - 120))}`,
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

function makeRole(admin: Actor, random: Chance, RoleName: string, policies: readonly string[]): string {
  const made = admin.run(new CreateRoleCommand({ RoleName, Path: path(random), AssumeRolePolicyDocument: trust }));
  if (random.next() < 0.2) admin.run(new AttachRolePolicyCommand({ RoleName, PolicyArn: aws('AWSDenyAll') }));
  for (const PolicyArn of policies) if (random.next() < 0.5) admin.run(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  if (random.next() < 0.2)
    admin.run(
      new PutRolePermissionsBoundaryCommand({
        RoleName,
        PermissionsBoundary: random.pick([aws('ReadOnlyAccess'), policies[0] ?? '']),
      }),
    );
  if (random.next() < 0.25)
    admin.run(
      new PutRolePolicyCommand({ RoleName, PolicyName: 'large', PolicyDocument: documentOf(random.pick([500, 10_200])) }),
    );
  if (random.next() < 0.15)
    fill(random.pick([18, 20]), (index) =>
      admin.run(new AttachRolePolicyCommand({ RoleName, PolicyArn: makePolicy(admin, `${RoleName}-${index}`) })),
    );
  return made.Role?.Arn ?? '';
}

/** Does it so many times, or until AWS has no room. */
function fill(times: number, act: (index: number) => unknown): void {
  for (let index = 0; index < times; index++) {
    try {
      act(index);
    } catch {
      return;
    }
  }
}

function makeUsers(admin: Actor, random: Chance, policies: readonly string[]): GeneratedEntity[] {
  admin.run(new CreateGroupCommand({ GroupName: 'staff' }));
  admin.run(new AttachGroupPolicyCommand({ GroupName: 'staff', PolicyArn: policies[0] ?? '' }));
  return many(random, 1, 2, (index) => {
    const UserName = index === 0 ? 'alice' : 'team';
    const arn = admin.run(new CreateUserCommand({ UserName, Path: path(random) })).User?.Arn ?? '';
    if (random.next() < 0.5) admin.run(new AddUserToGroupCommand({ UserName, GroupName: 'staff' }));
    fill(random.below(3), () => {
      const { AccessKey } = admin.run(new CreateAccessKeyCommand({ UserName }));
      if (random.next() < 0.4)
        admin.run(new UpdateAccessKeyCommand({ UserName, AccessKeyId: AccessKey?.AccessKeyId, Status: 'Inactive' }));
    });
    if (random.next() < 0.4)
      admin.run(
        new CreateServiceSpecificCredentialCommand({
          UserName,
          ServiceName: random.pick(['codecommit.amazonaws.com', 'bedrock.amazonaws.com']),
        }),
      );
    if (random.next() < 0.3)
      admin.run(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: `ssh-rsa ${'A'.repeat(400)} key` }));
    if (random.next() < 0.2) admin.run(new AttachUserPolicyCommand({ UserName, PolicyArn: aws('AWSDenyAll') }));
    if (random.next() < 0.2)
      admin.run(new AttachUserPolicyCommand({ UserName, PolicyArn: aws('AWSCompromisedKeyQuarantineV3') }));
    if (random.next() < 0.3)
      admin.run(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: aws('ReadOnlyAccess') }));
    if (random.next() < 0.3)
      admin.run(
        new PutUserPolicyCommand({ UserName, PolicyName: 'large', PolicyDocument: documentOf(random.pick([300, 2_040])) }),
      );
    if (random.next() < 0.2)
      fill(10, (more) =>
        admin.run(new AttachUserPolicyCommand({ UserName, PolicyArn: makePolicy(admin, `${UserName}-${more}`) })),
      );
    return { arn, options: () => ({}) };
  });
}

function makeFunctions(admin: Actor, random: Chance, roles: readonly string[]): GeneratedEntity[] {
  return many(random, 1, 2, (index) => {
    const FunctionName = `function-${index}`;
    const { FunctionArn = '' } = admin.run(
      new CreateFunctionCommand({
        FunctionName,
        Role: random.pick(roles),
        Code: { ZipFile: new Uint8Array([1]) },
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Environment: { Variables: { PASSWORD: `${secretMark}-environment` } },
      }),
      region,
    );
    const reserved = random.pick([undefined, 0, 7]);
    if (reserved !== undefined)
      admin.run(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: reserved }), region);
    if (reserved !== 0 && random.next() < 0.25) {
      const { Version: Qualifier } = admin.run(new PublishVersionCommand({ FunctionName }), region);
      admin.run(
        new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions: 2 }),
        region,
      );
    }
    for (const enabled of many(random, 0, 2, () => random.next() < 0.7)) {
      const mapping = admin.run(
        new CreateEventSourceMappingCommand({
          FunctionName,
          EventSourceArn: `arn:aws:sqs:${region}:${account}:queue-${random.below(9_999)}`,
          Enabled: true,
        }),
        region,
      );
      if (!enabled) admin.run(new UpdateEventSourceMappingCommand({ UUID: mapping.UUID, Enabled: false }), region);
    }
    return { arn: FunctionArn, options: (chance) => ({ scope: chance.pick(['role', 'function']) }) };
  });
}

function makeInstances(admin: Actor, random: Chance, roles: readonly string[]): GeneratedEntity[] {
  const profiles = many(random, 1, 2, (index) => {
    const InstanceProfileName = random.pick([`profile-${index}`, `role-${index}-profile`]);
    admin.run(new CreateInstanceProfileCommand({ InstanceProfileName, Path: path(random) }));
    if (random.next() < 0.85)
      admin.run(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: random.pick(roles).split('/').at(-1) }));
    return InstanceProfileName;
  });
  const networks = many(random, 1, 2, () => {
    const ipv6 = random.next() < 0.5;
    const { Vpc } = admin.run(
      new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', ...(ipv6 && { AmazonProvidedIpv6CidrBlock: true }) }),
      region,
    );
    const VpcId = Vpc?.VpcId ?? '';
    const SubnetId = admin.run(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.1.0/24' }), region).Subnet?.SubnetId ?? '';
    const groups = ['web', 'ops'].map(
      (GroupName) =>
        admin.run(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId }), region).GroupId ?? '',
    );
    return { SubnetId, groups };
  });
  return many(random, 1, 3, () => {
    const { SubnetId, groups } = random.pick(networks);
    const SecurityGroupIds = random.pick([groups, [...groups].reverse(), groups.slice(0, 1)]);
    const withProfile = random.next() < 0.8 ? { IamInstanceProfile: { Name: random.pick(profiles) } } : {};
    const { Instances = [] } = admin.run(
      new RunInstancesCommand({ ImageId: 'ami-00000001', MinCount: 1, MaxCount: 1, SubnetId, SecurityGroupIds, ...withProfile }),
      region,
    );
    const InstanceId = Instances[0]?.InstanceId ?? '';
    for (let device = 1; device <= random.below(3); device++) {
      const { NetworkInterface } = admin.run(
        new CreateNetworkInterfaceCommand({ SubnetId, Groups: random.pick([groups, groups.slice(1)]) }),
        region,
      );
      admin.run(
        new AttachNetworkInterfaceCommand({
          InstanceId,
          NetworkInterfaceId: NetworkInterface?.NetworkInterfaceId,
          DeviceIndex: device,
        }),
        region,
      );
    }
    if (random.next() < 0.3)
      admin.run(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: true } }), region);
    return {
      arn: `arn:aws:ec2:${region}:${account}:instance/${InstanceId}`,
      options: (chance) => ({ scope: chance.pick(['instance', 'instance', 'role']), dwell: chance.pick([0, 30]) }),
    };
  });
}
