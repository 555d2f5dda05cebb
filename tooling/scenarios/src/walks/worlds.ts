import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { CreateFunctionCommand, GetFunctionConcurrencyCommand, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import {
  type Actor,
  configureEc2,
  configureLambda,
  createSandbox,
  ec2AtOnce,
  lambdaAtOnce,
  type Sandbox,
  type WorldData,
} from '@entity-lockdown/sandbox';
import type { Chance } from '../chance.ts';

/** An entity of a walk, and how to see from outside whether it is contained. */
export interface WalkEntity {
  readonly arn: string;
  options(random: Chance): { readonly [name: string]: string | number };
  /** What is still open, in words; empty where it is contained. Looks at AWS itself, not through a plugin. */
  openDoors(): readonly string[];
}

export interface WalkWorld {
  readonly sandbox: Sandbox;
  readonly account: string;
  readonly entities: readonly WalkEntity[];
}

const account = '111122223333';
const region = 'eu-west-1';
const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll';
const start = Date.parse('2026-11-02T03:04:05Z');
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
});

/** What every walk begins with: an operator, and what the world is about. Built once; each walk has a copy. */
function built(build: (admin: Actor) => void): WorldData {
  const sandbox = createSandbox({ now: () => start, accounts: [{ id: account }] });
  const place = { world: sandbox.world, account, region };
  configureEc2(place, ec2AtOnce);
  configureLambda(place, lambdaAtOnce);
  const admin = sandbox.as(`admin:${account}`);
  admin.run(new CreateRoleCommand({ RoleName: 'operator', AssumeRolePolicyDocument: trust }));
  admin.run(new AttachRolePolicyCommand({ RoleName: 'operator', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }));
  build(admin);
  return sandbox.world.data;
}

/** A copy of a built world, in half of the walks with reads that lag behind. */
function begin(from: WorldData, random: Chance, clock: { now(): number }): Sandbox {
  const lag = { within: 4_500, chance: 0.4 };
  return createSandbox({
    from,
    now: () => clock.now(),
    seed: random.below(1_000_000),
    accounts: [{ id: account }],
    staleness: random.next() < 0.5 ? {} : { iam: lag, ec2: lag, lambda: lag },
  });
}

function roleDoors(sandbox: Sandbox, role: string): readonly string[] {
  const admin = sandbox.as(`admin:${account}`);
  const { AttachedPolicies = [] } = admin.run(new ListAttachedRolePoliciesCommand({ RoleName: role }));
  const { PolicyNames = [] } = admin.run(new ListRolePoliciesCommand({ RoleName: role }));
  return [
    ...(AttachedPolicies.some(({ PolicyArn }) => PolicyArn === denyAll) ? [] : [`AWSDenyAll is not attached to ${role}`]),
    ...(PolicyNames.some((name) => /^EntityLockdown-[a-z0-9]{12}$/.test(name)) ? [] : [`no inline deny on ${role}`]),
  ];
}

const functions = ['first', 'second'];

const functionWorld = built((admin) => {
  admin.run(new CreateRoleCommand({ RoleName: 'app', Path: '/team/', AssumeRolePolicyDocument: trust }));
  for (const FunctionName of functions) {
    const Role = `arn:aws:iam::${account}:role/team/app`;
    admin.run(
      new CreateFunctionCommand({
        FunctionName,
        Role,
        Code: { ZipFile: new Uint8Array([1]) },
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
      }),
      region,
    );
  }
});

/** Two functions with a concurrency of their own, one execution role, and the role by itself. */
export function functionsOnOneRole(random: Chance, clock: { now(): number }): WalkWorld {
  const sandbox = begin(functionWorld, random, clock);
  const admin = sandbox.as(`admin:${account}`);
  if (random.next() < 0.3) admin.run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: denyAll }));
  const entities: WalkEntity[] = functions.map((FunctionName) => {
    const original = random.pick([undefined, 0, 5]);
    if (original !== undefined)
      admin.run(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: original }), region);
    return {
      arn: `arn:aws:lambda:${region}:${account}:function:${FunctionName}`,
      options: () => ({}),
      openDoors: () => {
        const { ReservedConcurrentExecutions } = admin.run(new GetFunctionConcurrencyCommand({ FunctionName }), region);
        return [...(ReservedConcurrentExecutions === 0 ? [] : [`${FunctionName} may run`]), ...roleDoors(sandbox, 'app')];
      },
    };
  });
  entities.push({
    arn: `arn:aws:iam::${account}:role/team/app`,
    options: () => ({}),
    openDoors: () => roleDoors(sandbox, 'app'),
  });
  return { sandbox, account, entities };
}

const instanceWorld = built((admin) => {
  admin.run(new CreateRoleCommand({ RoleName: 'web', AssumeRolePolicyDocument: trust }));
  admin.run(new CreateInstanceProfileCommand({ InstanceProfileName: 'web' }));
  admin.run(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'web', RoleName: 'web' }));
  const VpcId = admin.run(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }), region).Vpc?.VpcId ?? '';
  const SubnetId = admin.run(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.1.0/24' }), region).Subnet?.SubnetId ?? '';
  const GroupId =
    admin.run(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'web', VpcId }), region).GroupId ?? '';
  const launch = {
    ImageId: 'ami-00000001',
    MinCount: 2,
    MaxCount: 2,
    SubnetId,
    SecurityGroupIds: [GroupId],
    IamInstanceProfile: { Name: 'web' },
  };
  admin.run(new RunInstancesCommand(launch), region);
});

/** Two instances of one VPC with one instance profile: they share the groups that we make, and the role. */
export function instancesOfOneVpc(random: Chance, clock: { now(): number }): WalkWorld {
  const sandbox = begin(instanceWorld, random, clock);
  const admin = sandbox.as(`admin:${account}`);
  const { Reservations = [] } = admin.run(new DescribeInstancesCommand({}), region);
  const entities = Reservations.flatMap(({ Instances = [] }) => Instances).map(
    ({ InstanceId: id = '' }): WalkEntity => ({
      arn: `arn:aws:ec2:${region}:${account}:instance/${id}`,
      options: (chance) => ({ dwell: chance.pick([0, 20]), scope: chance.pick(['instance', 'instance', 'role']) }),
      openDoors: () => instanceDoors(admin, id),
    }),
  );
  return { sandbox, account, entities };
}

/** The deny of the other instance on the role that they share does not count. */
function isDeniedTo(admin: Actor, id: string): boolean {
  const { PolicyNames = [] } = admin.run(new ListRolePoliciesCommand({ RoleName: 'web' }));
  return PolicyNames.some((PolicyName) => {
    const { PolicyDocument = '' } = admin.run(new GetRolePolicyCommand({ RoleName: 'web', PolicyName }));
    const document = decodeURIComponent(PolicyDocument);
    return document.includes('"Deny"') && (document.includes(id) || !document.includes('Condition'));
  });
}

function instanceDoors(admin: Actor, id: string): readonly string[] {
  const { SecurityGroups = [] } = admin.run(new DescribeSecurityGroupsCommand({}), region);
  const ruled = new Set(
    SecurityGroups.filter(
      ({ IpPermissions = [], IpPermissionsEgress = [] }) => IpPermissions.length + IpPermissionsEgress.length > 0,
    ).map(({ GroupId }) => GroupId),
  );
  const [instance] = admin.run(new DescribeInstancesCommand({ InstanceIds: [id] }), region).Reservations?.[0]?.Instances ?? [];
  const open = (instance?.NetworkInterfaces ?? []).filter(({ Groups = [] }) => Groups.some(({ GroupId }) => ruled.has(GroupId)));
  return [
    ...open.map(({ NetworkInterfaceId }) => `${NetworkInterfaceId} is open`),
    ...(isDeniedTo(admin, id) ? [] : [`no deny on web for ${id}`]),
  ];
}
