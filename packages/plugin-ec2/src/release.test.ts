import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  ModifyNetworkInterfaceAttributeCommand,
} from '@aws-sdk/client-ec2';
import { createTestHost, registryOf } from '@entity-lockdown/plugin-testkit';
import { connectionsOf, type OpenConnection, openConnection } from '@entity-lockdown/sandbox';
import { describe, expect, test } from 'vitest';
import plugin from './index.ts';
import { kindTag } from './own-group.ts';
import { account, attachAnother, groupsOf, instance, made, organization, profile } from './testing/organization.ts';

describe('contained and released, everything is as it was', () => {
  test.each(['instance', 'role'] as const)('with scope %s', async (scope) => {
    const of = organization();
    const entity = instance(of, { IamInstanceProfile: { Name: profile(of, 'web', 'web') } });
    const core = coreIn(of);
    const before = of.sandbox.dump();
    const contained = await core.contain(entity.arn, { options: { scope } });
    expect(contained.record.failures).toEqual([]);
    expect(contained.record.state).toBe('contained');
    expect(of.sandbox.dump()).not.toEqual(before);
    const released = await core.release(entity.arn);
    expect(released.record.state).toBe('released');
    expect(of.sandbox.dump()).toEqual(before);
  });

  test('two instances on one role and one VPC, released one after the other', async () => {
    const of = organization();
    const Name = profile(of, 'web', 'web');
    const first = instance(of, { IamInstanceProfile: { Name } });
    const second = instance(of, { IamInstanceProfile: { Name } });
    const core = coreIn(of);
    const before = of.sandbox.dump();
    for (const { arn } of [first, second]) expect((await core.contain(arn)).record.state).toBe('contained');
    expect((await core.release(first.arn)).record.state).toBe('released');
    expect(groupsOf(of, first)).toEqual([[...of.groups], [...of.groups].reverse()]);
    const [closed] = groupsOf(of, second)[0] ?? [];
    expect(of.groups).not.toContain(closed);
    expect(await answerTo(of, second.name)).toMatch(/explicit deny/);
    expect(await answerTo(of, first.name)).not.toMatch(/explicit deny/);
    expect((await core.release(second.arn)).record.state).toBe('released');
    expect(of.sandbox.dump()).toEqual(before);
  });

  test('a group that somebody gave to an interface of his own stays, and is named', async () => {
    const of = organization();
    const entity = instance(of);
    const bystander = instance(of);
    const core = coreIn(of);
    await core.contain(entity.arn);
    const [closed] = groupsOf(of, entity)[0] ?? [];
    const [first] =
      of.run(new DescribeInstancesCommand({ InstanceIds: [bystander.name] })).Reservations?.[0]?.Instances?.[0]
        ?.NetworkInterfaces ?? [];
    const NetworkInterfaceId = made(first?.NetworkInterfaceId);
    of.run(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: [made(closed)] }));
    const blocked = await core.release(entity.arn);
    expect(blocked.record.state).not.toBe('released');
    expect(groupsOf(of, entity)).toEqual([[...of.groups], [...of.groups].reverse()]);
    expect(JSON.stringify(blocked.record.failures)).toContain(`${NetworkInterfaceId} of ${bystander.name}`);
    of.run(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: [...of.groups] }));
    expect((await core.release(entity.arn)).record.state).toBe('released');
    expect(ours(of)).toEqual([]);
  });
});

test('a tracked connection ends in both address families, and one through a NAT gateway does not', async () => {
  const of = organization();
  const entity = instance(of, {
    NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: of.subnet, Groups: [...of.groups], Ipv6AddressCount: 1 }],
  });
  const found = of.run(new DescribeInstancesCommand({ InstanceIds: [entity.name] })).Reservations?.[0]?.Instances?.[0];
  const id = made(found?.NetworkInterfaces?.[0]?.NetworkInterfaceId);
  const shell = { interface: id, direction: 'outbound', port: 443 } as const;
  const open = (more: Pick<OpenConnection, 'family' | 'peer' | 'via'>) =>
    openConnection(of.place, of.clock.now(), { ...shell, ...more })?.id;
  // Tracked: it is let out by a rule for everything, and nothing lets its answers in.
  const direct = open({ family: 'ipv4', peer: '198.51.100.7', via: 'internet-gateway' });
  const sixth = open({ family: 'ipv6', peer: '2001:db8::7', via: 'internet-gateway' });
  const nat = open({ family: 'ipv4', peer: '198.51.100.8', via: 'nat-gateway' });
  expect([direct, sixth, nat]).not.toContain(undefined);
  expect((await coreIn(of).contain(entity.arn)).record.state).toBe('contained');
  const alive = connectionsOf(of.place, of.clock.now(), id).filter(({ ended }) => ended === undefined);
  expect(alive.map((connection) => connection.id)).toEqual([nat]);
});

describe('the dwell', () => {
  test('is served by the core, interface by interface', async () => {
    const of = organization();
    const entity = instance(of);
    const core = coreIn(of);
    const begun = await core.dispatcher.contain({ arn: entity.arn, by: 'test', options: { dwell: 90 } });
    const [untrack] = ours(of).filter(({ Tags }) => Tags?.some(({ Key, Value }) => Key === kindTag && Value === 'untrack'));
    expect(groupsOf(of, entity).flat()).toEqual([untrack?.GroupId, untrack?.GroupId]);
    const at = of.clock.now();
    of.pass(30);
    attachAnother(of, entity);
    of.sandbox.clearCalls();
    const done = await core.drive(begun);
    expect(done.record.state).toBe('contained');
    const [closed] = groupsOf(of, entity)[0] ?? [];
    expect(closed).not.toBe(untrack?.GroupId);
    expect(groupsOf(of, entity)).toEqual([[closed], [closed], [closed]]);
    const moves = of.sandbox.calls.filter(({ operation }) => operation === 'ModifyNetworkInterfaceAttribute');
    // A look every 15 seconds finds the third, which begins a dwell of its own: each ends when its own is over.
    const seconds = moves.map((move) => 10 * Math.floor((move.at - at) / 10_000));
    expect([...new Set(seconds)]).toEqual([30, 90, 120]);
  });

  test('is not begun again by an attacker who resets the groups', async () => {
    const of = organization();
    const entity = instance(of);
    const core = coreIn(of);
    const begun = await core.dispatcher.contain({ arn: entity.arn, by: 'test' });
    const [first] =
      of.run(new DescribeInstancesCommand({ InstanceIds: [entity.name] })).Reservations?.[0]?.Instances?.[0]?.NetworkInterfaces ??
      [];
    of.run(
      new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: made(first?.NetworkInterfaceId), Groups: [of.groups[0]] }),
    );
    const at = of.clock.now();
    const done = await core.drive(begun);
    expect(done.record.state).toBe('contained');
    expect(of.clock.now() - at).toBeLessThan(90_000);
  });

  test('ends in a group without rules, whoever changes its rules meanwhile', async () => {
    const of = organization();
    const entity = instance(of);
    const core = coreIn(of);
    const begun = await core.dispatcher.contain({ arn: entity.arn, by: 'test' });
    for (const { GroupId } of ours(of))
      of.run(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId,
          IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '198.51.100.7/32' }] }],
        }),
      );
    const done = await core.drive(begun);
    expect(done.record.state).toBe('contained');
    const GroupIds = [made(groupsOf(of, entity)[0]?.[0])];
    const [closed] = of.run(new DescribeSecurityGroupsCommand({ GroupIds })).SecurityGroups ?? [];
    expect([closed?.IpPermissions, closed?.IpPermissionsEgress]).toEqual([[], []]);
  });
});

test("what is in a stranger's group of our name is never trusted, and the stranger keeps it", async () => {
  const of = organization();
  const entity = instance(of);
  const core = coreIn(of);
  await core.contain(entity.arn);
  const names = ours(of).map(({ GroupName }) => made(GroupName));
  await core.release(entity.arn);
  const strangers = names.map((GroupName) =>
    made(of.run(new CreateSecurityGroupCommand({ VpcId: of.vpc, GroupName, Description: 'x' })).GroupId),
  );
  const before = of.sandbox.dump();
  of.pass(700);
  expect((await core.contain(entity.arn)).record.state).toBe('contained');
  expect(strangers).not.toContain(groupsOf(of, entity)[0]?.[0]);
  expect((await core.release(entity.arn)).record.state).toBe('released');
  expect(of.sandbox.dump()).toEqual(before);
});

function coreIn({ sandbox, clock }: ReturnType<typeof organization>) {
  return createTestHost({ sandbox, clock, registry: registryOf(plugin), as: `admin:${account}`, region: 'eu-west-1' });
}

function ours(of: ReturnType<typeof organization>) {
  return of.run(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'tag-key', Values: [kindTag] }] })).SecurityGroups ?? [];
}

/** What EC2 answers to credentials that an instance was given by the role `web`. */
async function answerTo(of: ReturnType<typeof organization>, id: string): Promise<string> {
  const credentials = of.sandbox.credentials(`arn:aws:iam::${account}:role/team/web/web`, {
    sessionName: id,
    context: { 'ec2:SourceInstanceARN': `arn:aws:ec2:eu-west-1:${account}:instance/${id}` },
  });
  const client = of.sandbox.createClient(EC2Client, { region: 'eu-west-1', credentials });
  return client.send(new DescribeInstancesCommand({})).then(
    () => 'allowed',
    (error: Error) => error.message,
  );
}
