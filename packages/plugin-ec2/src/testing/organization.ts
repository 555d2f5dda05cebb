import {
  AttachNetworkInterfaceCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { AwsClient, AwsClientClass, Context, Entity } from '@entity-lockdown/plugin-api';
import { buildWorld, type Scene, type TestClock } from '@entity-lockdown/plugin-testkit';
import type { AnyCommand, Sandbox, World } from '@entity-lockdown/sandbox';

export const account = '111122223333';
export const region = 'eu-west-1';
export const mark = 'abcdef012345';

/** An account with a VPC, two groups and whatever a test adds. */
export interface Organization {
  readonly sandbox: Sandbox;
  readonly clock: TestClock;
  readonly context: Context;
  readonly vpc: string;
  readonly subnet: string;
  readonly groups: readonly [string, string];
  /** Where EC2's state lives, for the sandbox's builders. */
  readonly place: { readonly world: World; readonly account: string; readonly region: string };
  pass(seconds: number): void;
  run<O extends object>(command: AnyCommand<O>): O;
}

export function organization(
  { sandbox, clock, run: runAnywhere }: Scene = buildWorld({ title: '', seed: () => '', expect: 'refused' }, undefined),
  AmazonProvidedIpv6CidrBlock = true,
): Organization {
  const credentials = sandbox.credentials(`admin:${account}`);
  const run = <O extends object>(command: AnyCommand<O>) => runAnywhere(command, region);
  const { Vpc } = run(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock }));
  const vpc = made(Vpc?.VpcId);
  const block = Vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock?.replace(/\/\d+$/, '/64');
  const inIpv6 = block === undefined ? {} : { Ipv6CidrBlock: block };
  const subnet = made(run(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: '10.0.1.0/24', ...inIpv6 })).Subnet?.SubnetId);
  const group = (GroupName: string) =>
    made(run(new CreateSecurityGroupCommand({ VpcId: vpc, GroupName, Description: GroupName })).GroupId);
  const groups = [group('web'), group('admin')] as const;
  for (const GroupId of groups)
    run(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
      }),
    );
  return {
    sandbox,
    clock,
    context: {
      client: <C extends AwsClient>(Class: AwsClientClass<C>, at = region) =>
        sandbox.createClient(Class, { region: at, credentials, maxAttempts: 1 }),
      mark,
    },
    vpc,
    subnet,
    groups,
    place: { world: sandbox.world, account, region },
    pass: (seconds) => clock.turn(seconds * 1_000),
    run,
  };
}

/** An instance with two interfaces, the first with both groups, the second in reverse order. Running. */
export function instance(of: Organization, more: Partial<RunInstancesCommandInput> = {}): Entity {
  const [web, admin] = of.groups;
  const ran = of.run(
    new RunInstancesCommand({
      ImageId: 'ami-0123456789abcdef0',
      MinCount: 1,
      MaxCount: 1,
      NetworkInterfaces: [
        { DeviceIndex: 0, SubnetId: of.subnet, Groups: [web, admin] },
        { DeviceIndex: 1, SubnetId: of.subnet, Groups: [admin, web] },
      ],
      ...more,
    }),
  );
  of.pass(60);
  return entityOf(made(ran.Instances?.[0]?.InstanceId));
}

export function entityOf(id: string): Entity {
  return {
    key: `aws:${account}:${region}:${id}`,
    arn: `arn:aws:ec2:${region}:${account}:instance/${id}`,
    partition: 'aws',
    account,
    region,
    name: id,
  };
}

/** A role with a path in a profile with a path. Answers the profile's name, for `RunInstances`. */
export function profile(of: Organization, name: string, role: string | undefined): string {
  of.run(new CreateInstanceProfileCommand({ InstanceProfileName: name, Path: '/profiles/' }));
  if (role !== undefined) {
    of.run(new CreateRoleCommand({ RoleName: role, Path: '/team/web/', AssumeRolePolicyDocument: trust }));
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
    });
    of.run(new PutRolePolicyCommand({ RoleName: role, PolicyName: 'work', PolicyDocument }));
    of.run(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: role }));
  }
  return name;
}

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

/** Attaches one more interface, as an attacker would. */
export function attachAnother(of: Organization, entity: Entity, index = 5): string {
  const created = of.run(new CreateNetworkInterfaceCommand({ SubnetId: of.subnet, Groups: [of.groups[0]] }));
  const id = made(created.NetworkInterface?.NetworkInterfaceId);
  of.run(new AttachNetworkInterfaceCommand({ InstanceId: entity.name, NetworkInterfaceId: id, DeviceIndex: index }));
  return id;
}

/** The groups of each interface of an instance, by device index. */
export function groupsOf(of: Organization, entity: Entity): readonly (readonly string[])[] {
  const found = of.run(new DescribeInstancesCommand({ InstanceIds: [entity.name] })).Reservations?.[0]?.Instances?.[0];
  return (found?.NetworkInterfaces ?? [])
    .toSorted((a, b) => (a.Attachment?.DeviceIndex ?? 0) - (b.Attachment?.DeviceIndex ?? 0))
    .map(({ Groups }) => (Groups ?? []).map(({ GroupId }) => made(GroupId)));
}

export function made(id: string | undefined): string {
  if (id === undefined) throw new Error('the sandbox answered no id');
  return id;
}
