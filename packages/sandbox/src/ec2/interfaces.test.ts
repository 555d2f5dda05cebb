import {
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  DeleteNetworkInterfaceCommand,
  DescribeNetworkInterfacesCommand,
  DetachNetworkInterfaceCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { configureEc2, makeManagedInstance, makeRequesterManaged } from './builders.ts';
import { ec2Fixture, required } from './testing/fixture.ts';

function moreGroups(fixture: ReturnType<typeof ec2Fixture>, count: number): Promise<string[]> {
  const made = Array.from({ length: count }, async (_each, at) => {
    const input = { GroupName: `more-${at}`, Description: 'more', VpcId: fixture.vpc };
    return required((await fixture.ec2.send(new CreateSecurityGroupCommand(input))).GroupId);
  });
  return Promise.all(made);
}

async function groupsOf(fixture: ReturnType<typeof ec2Fixture>, id: string): Promise<(string | undefined)[]> {
  const { NetworkInterfaces } = await fixture.ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] }));
  return (NetworkInterfaces?.[0]?.Groups ?? []).map(({ GroupId }) => GroupId);
}

describe('the groups of an interface', () => {
  test('keep the order in which they were set', async () => {
    const fixture = ec2Fixture();
    const id = required(fixture.launch().NetworkInterfaces?.[0]?.NetworkInterfaceId);
    const groups = [...(await moreGroups(fixture, 3)), fixture.group].reverse();
    await fixture.ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: id, Groups: groups }));
    expect(await groupsOf(fixture, id)).toEqual(groups);
  });

  test('are at least one, at most the quota, known, of the VPC, and each once', async () => {
    const fixture = ec2Fixture();
    configureEc2(fixture.place, { groupsPerInterface: 2 });
    const id = required(fixture.launch().NetworkInterfaces?.[0]?.NetworkInterfaceId);
    const [one = '', two = ''] = await moreGroups(fixture, 2);
    const elsewhere = required((await fixture.ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }))).Vpc?.VpcId);
    const foreign = required(
      (await fixture.ec2.send(new CreateSecurityGroupCommand({ GroupName: 'x', Description: 'x', VpcId: elsewhere }))).GroupId,
    );
    const refusals: [string[], string][] = [
      [[], 'InvalidParameterCombination'],
      [[fixture.group, one, two], 'SecurityGroupsPerInterfaceLimitExceeded'],
      [['sg-0123456789abcdef0'], 'InvalidGroup.NotFound'],
      [['web'], 'InvalidGroupId.Malformed'],
      [[foreign], 'InvalidParameter'],
      [[one, one], 'InvalidParameterValue'],
    ];
    for (const [Groups, name] of refusals)
      await expect(
        fixture.ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: id, Groups })),
      ).rejects.toMatchObject({ name });
    expect(await groupsOf(fixture, id)).toEqual([fixture.group]);
  });

  test('can not be set beside another attribute', async () => {
    const fixture = ec2Fixture();
    const NetworkInterfaceId = required(fixture.launch().NetworkInterfaces?.[0]?.NetworkInterfaceId);
    await expect(
      fixture.ec2.send(
        new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: [fixture.group], Description: { Value: 'x' } }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
  });

  test('of requester-managed interfaces and of managed instances can not be set', async () => {
    const fixture = ec2Fixture();
    const first = fixture.launch();
    const second = fixture.launch();
    const [one, two] = [first, second].map((each) => required(each.NetworkInterfaces?.[0]?.NetworkInterfaceId));
    makeRequesterManaged(fixture.place, required(one));
    makeManagedInstance(fixture.place, required(second.InstanceId), 'eks.amazonaws.com');
    for (const NetworkInterfaceId of [one, two])
      await expect(
        fixture.ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: [fixture.group] })),
      ).rejects.toMatchObject({ name: 'OperationNotPermitted' });
    const seen = await fixture.ec2.send(
      new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'requester-managed', Values: ['true'] }] }),
    );
    expect(seen.NetworkInterfaces?.map((each) => each.NetworkInterfaceId)).toEqual([one]);
  });
});

test('an interface is attached, detached and deleted, each in its turn', async () => {
  const { ec2, launch, subnet } = ec2Fixture();
  const instance = launch();
  const InstanceId = required(instance.InstanceId);
  const made = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: subnet, Ipv6AddressCount: 2 }));
  expect(made.NetworkInterface).toMatchObject({ Status: 'available', Groups: [{ GroupName: 'default' }] });
  const NetworkInterfaceId = required(made.NetworkInterface?.NetworkInterfaceId);
  await expect(
    ec2.send(new AttachNetworkInterfaceCommand({ InstanceId, NetworkInterfaceId, DeviceIndex: 0 })),
  ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  const { AttachmentId } = await ec2.send(new AttachNetworkInterfaceCommand({ InstanceId, NetworkInterfaceId, DeviceIndex: 1 }));
  await expect(
    ec2.send(new AttachNetworkInterfaceCommand({ InstanceId, NetworkInterfaceId, DeviceIndex: 2 })),
  ).rejects.toMatchObject({ name: 'InvalidNetworkInterface.InUse' });
  await expect(ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }))).rejects.toMatchObject({
    name: 'InvalidNetworkInterface.InUse',
  });
  await expect(
    ec2.send(
      new DetachNetworkInterfaceCommand({ AttachmentId: required(instance.NetworkInterfaces?.[0]?.Attachment?.AttachmentId) }),
    ),
  ).rejects.toMatchObject({ name: 'OperationNotPermitted' });
  const attached = { Filters: [{ Name: 'attachment.instance-id', Values: [InstanceId] }] };
  expect((await ec2.send(new DescribeNetworkInterfacesCommand(attached))).NetworkInterfaces).toHaveLength(2);
  await ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId }));
  await expect(ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId }))).rejects.toMatchObject({
    name: 'InvalidAttachmentID.NotFound',
  });
  await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
  await expect(
    ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [NetworkInterfaceId] })),
  ).rejects.toMatchObject({ name: 'InvalidNetworkInterfaceID.NotFound' });
});
