import {
  CreateNetworkInterfaceCommand,
  CreateSubnetCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { account, ec2Fixture, region, required } from './testing/fixture.ts';

test('a VPC has a block of IPv6 where it was asked for, and subnets count their free addresses', async () => {
  const { ec2, vpc, subnet, launch } = ec2Fixture();
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [vpc] }));
  expect(Vpcs?.[0]).toMatchObject({ CidrBlock: '10.0.0.0/16', OwnerId: account });
  expect(Vpcs?.[0]?.Ipv6CidrBlockAssociationSet).toHaveLength(1);
  launch();
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpc] }] }));
  expect(Subnets).toMatchObject([{ SubnetId: subnet, AvailabilityZone: `${region}a`, AvailableIpAddressCount: 250 }]);
});

test('a subnet that is full, has no IPv6 or is unknown is refused', async () => {
  const { ec2, vpc } = ec2Fixture();
  const made = await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: '10.0.2.0/28' }));
  const SubnetId = required(made.Subnet?.SubnetId);
  await expect(ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, Ipv6AddressCount: 1 }))).rejects.toMatchObject({
    name: 'InvalidParameterValue',
  });
  for (let at = 0; at < 11; at += 1) await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId }));
  await expect(ec2.send(new RunInstancesCommand({ ImageId: 'ami-1', MinCount: 1, MaxCount: 1, SubnetId }))).rejects.toMatchObject(
    { name: 'InsufficientFreeAddressesInSubnet' },
  );
  await expect(ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: 'constructor' }))).rejects.toMatchObject({
    name: 'InvalidSubnetID.NotFound',
  });
  await expect(ec2.send(new DescribeVpcsCommand({ VpcIds: ['vpc-0'] }))).rejects.toMatchObject({ name: 'InvalidVpcID.NotFound' });
});
