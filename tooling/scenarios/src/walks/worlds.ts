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
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { CreateFunctionCommand, GetFunctionConcurrencyCommand, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { configureEc2, configureLambda, createSandbox, ec2AtOnce, lambdaAtOnce, type Sandbox } from '@entity-lockdown/sandbox';
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
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
});

function newSandbox(random: Chance, clock: { now(): number }): Sandbox {
  const within = random.pick([0, 4_500]);
  const staleness =
    within === 0 ? {} : { iam: { within, chance: 0.4 }, ec2: { within, chance: 0.4 }, lambda: { within, chance: 0.3 } };
  const sandbox = createSandbox({
    now: () => clock.now(),
    seed: random.below(1_000_000),
    accounts: [{ id: account }],
    staleness,
  });
  configureEc2({ world: sandbox.world, account, region }, ec2AtOnce);
  configureLambda({ world: sandbox.world, account, region }, lambdaAtOnce);
  const admin = sandbox.as(`admin:${account}`);
  admin.run(new CreateRoleCommand({ RoleName: 'operator', AssumeRolePolicyDocument: trust }));
  admin.run(new AttachRolePolicyCommand({ RoleName: 'operator', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }));
  return sandbox;
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

/** Two functions with a concurrency of their own, one execution role, and the role by itself. */
export function functionsOnOneRole(random: Chance, clock: { now(): number }): WalkWorld {
  const sandbox = newSandbox(random, clock);
  const admin = sandbox.as(`admin:${account}`);
  admin.run(new CreateRoleCommand({ RoleName: 'app', Path: '/team/', AssumeRolePolicyDocument: trust }));
  if (random.next() < 0.3) admin.run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: denyAll }));
  const entities: WalkEntity[] = ['first', 'second'].map((name) => {
    admin.run(
      new CreateFunctionCommand({
        FunctionName: name,
        Role: `arn:aws:iam::${account}:role/team/app`,
        Code: { ZipFile: new Uint8Array([1]) },
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
      }),
      region,
    );
    const original = random.pick([undefined, 0, 5]);
    if (original !== undefined)
      admin.run(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: original }), region);
    return {
      arn: `arn:aws:lambda:${region}:${account}:function:${name}`,
      options: () => ({}),
      openDoors: () => {
        const { ReservedConcurrentExecutions } = admin.run(new GetFunctionConcurrencyCommand({ FunctionName: name }), region);
        return [...(ReservedConcurrentExecutions === 0 ? [] : [`${name} may run`]), ...roleDoors(sandbox, 'app')];
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

/** Two instances of one VPC with one instance profile: they share the groups that we make, and the role. */
export function instancesOfOneVpc(random: Chance, clock: { now(): number }): WalkWorld {
  const sandbox = newSandbox(random, clock);
  const admin = sandbox.as(`admin:${account}`);
  admin.run(new CreateRoleCommand({ RoleName: 'web', AssumeRolePolicyDocument: trust }));
  admin.run(new CreateInstanceProfileCommand({ InstanceProfileName: 'web' }));
  admin.run(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'web', RoleName: 'web' }));
  const VpcId = admin.run(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }), region).Vpc?.VpcId ?? '';
  const SubnetId = admin.run(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.1.0/24' }), region).Subnet?.SubnetId ?? '';
  const GroupId =
    admin.run(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'web', VpcId }), region).GroupId ?? '';
  const entities = [1, 2].map((): WalkEntity => {
    const launched = admin.run(
      new RunInstancesCommand({
        ImageId: 'ami-00000001',
        MinCount: 1,
        MaxCount: 1,
        SubnetId,
        SecurityGroupIds: [GroupId],
        IamInstanceProfile: { Name: 'web' },
      }),
      region,
    );
    const id = launched.Instances?.[0]?.InstanceId ?? '';
    return {
      arn: `arn:aws:ec2:${region}:${account}:instance/${id}`,
      options: () => ({ dwell: random.pick([0, 20]), scope: random.pick(['instance', 'instance', 'role']) }),
      openDoors: () => {
        const groups =
          admin.run(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }), region)
            .SecurityGroups ?? [];
        const [instance] =
          admin.run(new DescribeInstancesCommand({ InstanceIds: [id] }), region).Reservations?.[0]?.Instances ?? [];
        const open = (instance?.NetworkInterfaces ?? []).filter(({ Groups = [] }) =>
          Groups.some((attached) => {
            const group = groups.find((other) => other.GroupId === attached.GroupId);
            return (group?.IpPermissions?.length ?? 1) + (group?.IpPermissionsEgress?.length ?? 1) > 0;
          }),
        );
        const { PolicyNames = [] } = admin.run(new ListRolePoliciesCommand({ RoleName: 'web' }));
        return [
          ...open.map(({ NetworkInterfaceId }) => `${NetworkInterfaceId} is open`),
          ...(PolicyNames.some((name) => name.startsWith('EntityLockdown-')) ? [] : ['no deny on web']),
        ];
      },
    };
  });
  return { sandbox, account, entities };
}
