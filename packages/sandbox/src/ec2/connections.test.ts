import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RevokeSecurityGroupEgressCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import type { Connection } from './connections.ts';
import { assumeUntracking, canConnect, connectionsOf, openConnection } from './connections.ts';
import { ec2Fixture, required } from './testing/fixture.ts';

const all = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
const allIpv6 = { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0' }] };

/** An instance that may speak to HTTPS servers, an untrack group for some families, and a group without rules. */
async function scene(families: readonly ('ipv4' | 'ipv6')[] = ['ipv4', 'ipv6']) {
  const fixture = ec2Fixture();
  const { ec2, vpc, group, subnet, place, clock } = fixture;
  const make = async (GroupName: string): Promise<string> => {
    const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId: vpc }));
    await ec2.send(
      new RevokeSecurityGroupEgressCommand({
        GroupId,
        IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [{ CidrIpv6: '::/0' }] }],
      }),
    );
    return required(GroupId);
  };
  const untrack = await make('untrack');
  const IpPermissions = [...(families.includes('ipv4') ? [all] : []), ...(families.includes('ipv6') ? [allIpv6] : [])];
  await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: untrack, IpPermissions }));
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: untrack, IpPermissions }));
  const isolation = await make('isolation');
  const instance = fixture.launch({
    NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnet, Groups: [group], Ipv6AddressCount: 1 }],
  });
  const eni = required(instance.NetworkInterfaces?.[0]?.NetworkInterfaceId);
  return {
    ...fixture,
    instance: required(instance.InstanceId),
    eni,
    untrack,
    isolation,
    open: (more: Partial<Parameters<typeof openConnection>[2]> = {}) =>
      openConnection(place, clock.now, { interface: eni, family: 'ipv4', ...more }),
    groups: (...Groups: string[]) => ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eni, Groups })),
    standing: (): boolean[] => connectionsOf(place, clock.now, eni).map((each: Connection) => each.ended === undefined),
  };
}

test('a tracked connection survives the change to a group without rules; a new one is refused', async () => {
  const { open, groups, isolation, standing, place, clock, eni } = await scene();
  expect(open()).toMatchObject({ tracked: true });
  await groups(isolation);
  expect(standing()).toEqual([true]);
  expect(open()).toBeUndefined();
  expect(canConnect(place, clock.now, { interface: eni, family: 'ipv4' })).toBe(false);
});

test('by way of an untrack group it ends, in both families', async () => {
  const { open, groups, untrack, isolation, standing } = await scene();
  open();
  open({ family: 'ipv6' });
  await groups(untrack);
  expect(standing()).toEqual([true, true]);
  await groups(isolation);
  expect(standing()).toEqual([false, false]);
});

test('an untrack group for IPv4 alone leaves the IPv6 connection', async () => {
  const { open, groups, untrack, isolation, standing } = await scene(['ipv4']);
  open();
  open({ family: 'ipv6' });
  await groups(untrack);
  await groups(isolation);
  expect(standing()).toEqual([false, true]);
});

test('through a NAT gateway or an interface endpoint it stays tracked; through a transit gateway it does not', async () => {
  const { open, groups, untrack, isolation, standing } = await scene();
  open({ via: 'nat-gateway' });
  open({ via: 'interface-endpoint' });
  open({ via: 'transit-gateway' });
  await groups(untrack);
  await groups(isolation);
  expect(standing()).toEqual([true, true, false]);
});

test('where untracking is not assumed, the hop cuts nothing', async () => {
  const { open, groups, untrack, isolation, standing, place } = await scene();
  assumeUntracking(place, false);
  open();
  await groups(untrack);
  await groups(isolation);
  expect(standing()).toEqual([true]);
});

test('back from the untrack group to the groups of before, it goes on and is tracked again', async () => {
  const { open, groups, untrack, isolation, group, standing } = await scene();
  open();
  await groups(untrack);
  await groups(group);
  expect(standing()).toEqual([true]);
  await groups(isolation);
  expect(standing()).toEqual([true]);
});

test('an untracked connection ends with its rules, also when the group stays', async () => {
  const { open, groups, untrack, standing, ec2 } = await scene();
  await groups(untrack);
  expect(open({ direction: 'inbound', port: 22 })).toMatchObject({ tracked: false });
  expect(open()).toMatchObject({ tracked: false });
  await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: untrack, IpPermissions: [all, allIpv6] }));
  // The inbound one is still let in, and is tracked from now on.
  expect(standing()).toEqual([true, false]);
});

test('a connection needs a rule for its direction, port, peer and family, and an instance that runs', async () => {
  const { open, group, ec2, instance, standing } = await scene();
  expect(open({ direction: 'inbound', port: 22 })).toBeUndefined();
  const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '203.0.113.0/24' }] };
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions: [ssh] }));
  expect(open({ direction: 'inbound', port: 23 })).toBeUndefined();
  expect(open({ direction: 'inbound', port: 22, peer: '198.51.100.1' })).toBeUndefined();
  expect(open({ direction: 'inbound', port: 22, family: 'ipv6' })).toBeUndefined();
  expect(open({ direction: 'inbound', port: 22 })).toBeDefined();
  await ec2.send(new StopInstancesCommand({ InstanceIds: [instance] }));
  expect(standing()).toEqual([false]);
  expect(open()).toBeUndefined();
});

test('a rule that names a group lets in the addresses of its members', async () => {
  const { open, group, ec2, untrack, launch } = await scene();
  const peer = required(launch({ SecurityGroupIds: [untrack] }).PrivateIpAddress);
  const fromUntrack = { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId: untrack }] };
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions: [fromUntrack] }));
  expect(open({ direction: 'inbound', port: 5432, peer: '10.0.1.250', via: 'vpc' })).toBeUndefined();
  expect(open({ direction: 'inbound', port: 5432, peer, via: 'vpc' })).toBeDefined();
});
