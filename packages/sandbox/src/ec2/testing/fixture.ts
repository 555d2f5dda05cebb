import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
  type Instance,
  RunInstancesCommand,
  type RunInstancesRequest,
} from '@aws-sdk/client-ec2';
import { AddRoleToInstanceProfileCommand, CreateInstanceProfileCommand, CreateRoleCommand } from '@aws-sdk/client-iam';
import type { Actor, Sandbox } from '../../index.ts';
import { createSandbox } from '../../index.ts';
import { configureEc2 } from '../builders.ts';
import { ec2AtOnce } from '../options.ts';
import type { Place } from '../state.ts';

// What the tests of EC2 begin with: an account with a VPC for both families of addresses.

export const account = '111122223333';
export const region = 'eu-west-1';

export interface Fixture {
  readonly sandbox: Sandbox;
  readonly place: Place;
  readonly ec2: EC2Client;
  readonly admin: Actor;
  readonly clock: { now: number };
  readonly vpc: string;
  readonly subnet: string;
  readonly group: string;
  /** Launches an instance that runs at once. */
  launch(more?: Partial<RunInstancesRequest>): Instance;
}

export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is undefined');
  return value;
}

export function ec2Fixture(): Fixture {
  const clock = { now: Date.UTC(2026, 10, 24) };
  const sandbox = createSandbox({ accounts: [{ id: account }], now: () => clock.now });
  const place = { world: sandbox.world, account, region };
  configureEc2(place, ec2AtOnce);
  const admin = sandbox.as(`admin:${account}`);
  const made = required(
    admin.run(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock: true }), region).Vpc,
  );
  const vpc = required(made.VpcId);
  const ipv6 = required(made.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock).replace('/56', '/64');
  const subnet = required(
    admin.run(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: '10.0.1.0/24', Ipv6CidrBlock: ipv6 }), region).Subnet?.SubnetId,
  );
  const group = required(
    admin.run(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'web servers', VpcId: vpc }), region).GroupId,
  );
  const credentials = sandbox.credentials(`admin:${account}`);
  return {
    sandbox,
    place,
    ec2: sandbox.createClient(EC2Client, { region, credentials }),
    admin,
    clock,
    vpc,
    subnet,
    group,
    launch(more = {}) {
      const input: RunInstancesRequest = {
        ImageId: 'ami-1',
        MinCount: 1,
        MaxCount: 1,
        ...(more.NetworkInterfaces === undefined ? { SubnetId: subnet, SecurityGroupIds: [group] } : {}),
        ...more,
      };
      return required(admin.run(new RunInstancesCommand(input), region).Instances?.[0]);
    },
  };
}

/** An instance profile and its role, both with paths. */
export function makeProfile(admin: Actor, name: string): void {
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  };
  admin.run(new CreateRoleCommand({ RoleName: name, Path: '/team/', AssumeRolePolicyDocument: JSON.stringify(trust) }));
  admin.run(new CreateInstanceProfileCommand({ InstanceProfileName: name, Path: '/profiles/' }));
  admin.run(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
}
