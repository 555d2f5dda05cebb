import {
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  ModifyInstanceAttributeCommand,
  paginateDescribeInstances,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { secretMark } from '../secrets.ts';
import { configureEc2, makeManagedInstance, putInstanceState, shutDownFromInside } from './builders.ts';
import { ec2Fixture, region, required } from './testing/fixture.ts';

const seconds = 1_000;

async function stateOf(fixture: ReturnType<typeof ec2Fixture>, id: string): Promise<string | undefined> {
  const { Reservations } = await fixture.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations?.[0]?.Instances?.[0]?.State?.Name;
}

describe('states', () => {
  test('follow from stored times alone', async () => {
    const fixture = ec2Fixture();
    configureEc2(fixture.place, { pendingSeconds: 15, stoppingSeconds: 30, shuttingDownSeconds: 30 });
    const id = required(fixture.launch().InstanceId);
    const { ec2, clock } = fixture;
    expect(await stateOf(fixture, id)).toBe('pending');
    await expect(ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))).rejects.toMatchObject({
      name: 'IncorrectInstanceState',
    });
    clock.now += 15 * seconds;
    expect(await stateOf(fixture, id)).toBe('running');
    const stopped = await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
    expect(stopped.StoppingInstances?.[0]).toMatchObject({
      PreviousState: { Name: 'running' },
      CurrentState: { Name: 'stopping' },
    });
    await expect(ec2.send(new StartInstancesCommand({ InstanceIds: [id] }))).rejects.toMatchObject({
      name: 'IncorrectInstanceState',
    });
    clock.now += 30 * seconds;
    expect(await stateOf(fixture, id)).toBe('stopped');
    await ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
    clock.now += 15 * seconds;
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect(await stateOf(fixture, id)).toBe('shutting-down');
    clock.now += 30 * seconds;
    expect(await stateOf(fixture, id)).toBe('terminated');
    clock.now += 3_600 * seconds;
    await expect(stateOf(fixture, id)).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' });
  });

  test('an instance that has terminated takes its own interfaces along and leaves the others', async () => {
    const fixture = ec2Fixture();
    configureEc2(fixture.place, { shuttingDownSeconds: 30 });
    const { ec2, clock } = fixture;
    const instance = fixture.launch();
    const extra = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: fixture.subnet, Groups: [fixture.group] }));
    const NetworkInterfaceId = required(extra.NetworkInterface?.NetworkInterfaceId);
    await ec2.send(
      new AttachNetworkInterfaceCommand({ InstanceId: required(instance.InstanceId), NetworkInterfaceId, DeviceIndex: 1 }),
    );
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [required(instance.InstanceId)] }));
    const before = await ec2.send(new DescribeNetworkInterfacesCommand({}));
    expect(before.NetworkInterfaces).toHaveLength(2);
    clock.now += 30 * seconds;
    const after = await ec2.send(new DescribeNetworkInterfacesCommand({}));
    expect(after.NetworkInterfaces).toMatchObject([{ NetworkInterfaceId, Status: 'available' }]);
    const primary = required(instance.NetworkInterfaces?.[0]?.NetworkInterfaceId);
    await expect(ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [primary] }))).rejects.toMatchObject({
      name: 'InvalidNetworkInterfaceID.NotFound',
    });
    const gone = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [required(instance.InstanceId)] }));
    expect(gone.Reservations?.[0]?.Instances?.[0]).toMatchObject({
      State: { Name: 'terminated' },
      NetworkInterfaces: [],
      SecurityGroups: [],
    });
  });

  test('a shutdown from inside asks nobody', async () => {
    const fixture = ec2Fixture();
    const id = required(
      fixture.launch({ DisableApiTermination: true, InstanceInitiatedShutdownBehavior: 'terminate' }).InstanceId,
    );
    shutDownFromInside(fixture.place, fixture.clock.now, id);
    expect(await stateOf(fixture, id)).toBe('terminated');
  });
});

describe('protection', () => {
  test('from termination', async () => {
    const fixture = ec2Fixture();
    const id = required(fixture.launch().InstanceId);
    await fixture.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, DisableApiTermination: { Value: true } }));
    await expect(fixture.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))).rejects.toMatchObject({
      name: 'OperationNotPermitted',
    });
    expect(await stateOf(fixture, id)).toBe('running');
    await fixture.ec2.send(
      new ModifyInstanceAttributeCommand({ InstanceId: id, Attribute: 'disableApiTermination', Value: 'False' }),
    );
    await fixture.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect(await stateOf(fixture, id)).toBe('terminated');
  });

  test('from stopping also holds against termination', async () => {
    const fixture = ec2Fixture();
    const id = required(fixture.launch({ DisableApiStop: true }).InstanceId);
    for (const command of [new StopInstancesCommand({ InstanceIds: [id] }), new TerminateInstancesCommand({ InstanceIds: [id] })])
      await expect(fixture.ec2.send(command as StopInstancesCommand)).rejects.toMatchObject({ name: 'OperationNotPermitted' });
    expect(await stateOf(fixture, id)).toBe('running');
  });

  test('is not for Spot Instances, which can not be stopped either', async () => {
    const fixture = ec2Fixture();
    const id = required(fixture.launch({ InstanceMarketOptions: { MarketType: 'spot' } }).InstanceId);
    for (const change of [
      { DisableApiTermination: { Value: true } },
      { DisableApiStop: { Value: true } },
      { InstanceInitiatedShutdownBehavior: { Value: 'terminate' } },
    ])
      await expect(fixture.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, ...change }))).rejects.toMatchObject({
        name: 'UnsupportedOperation',
      });
    await expect(fixture.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))).rejects.toMatchObject({
      name: 'UnsupportedOperation',
    });
  });
});

describe('attributes', () => {
  test('are read one at a time', async () => {
    const { ec2, launch } = ec2Fixture();
    const InstanceId = required(
      launch({ InstanceInitiatedShutdownBehavior: 'terminate', UserData: btoa(secretMark) }).InstanceId,
    );
    const read = async (Attribute: 'disableApiStop' | 'instanceInitiatedShutdownBehavior' | 'userData') =>
      ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }));
    expect((await read('disableApiStop')).DisableApiStop).toEqual({ Value: false });
    expect((await read('instanceInitiatedShutdownBehavior')).InstanceInitiatedShutdownBehavior).toEqual({ Value: 'terminate' });
    expect((await read('userData')).UserData).toEqual({ Value: btoa(secretMark) });
  });

  test('are changed one at a time', async () => {
    const { ec2, launch } = ec2Fixture();
    const InstanceId = required(launch().InstanceId);
    await expect(
      ec2.send(
        new ModifyInstanceAttributeCommand({
          InstanceId,
          DisableApiStop: { Value: true },
          DisableApiTermination: { Value: true },
        }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
    await expect(ec2.send(new ModifyInstanceAttributeCommand({ InstanceId }))).rejects.toMatchObject({
      name: 'InvalidParameterCombination',
    });
  });

  test('the groups of an instance with several interfaces must be set on each of them', async () => {
    const { ec2, launch, subnet, group } = ec2Fixture();
    const InstanceId = required(
      launch({
        NetworkInterfaces: [
          { DeviceIndex: 0, SubnetId: subnet, Groups: [group] },
          { DeviceIndex: 1, SubnetId: subnet, Groups: [group] },
        ],
      }).InstanceId,
    );
    await expect(ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, Groups: [group] }))).rejects.toMatchObject({
      name: 'InvalidInstanceID',
    });
  });

  test('groups are set on running and stopped instances only', async () => {
    const { ec2, launch, group, place, clock } = ec2Fixture();
    const InstanceId = required(launch().InstanceId);
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, Groups: [group] }));
    putInstanceState(place, clock.now, InstanceId, 'pending');
    await expect(ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, Groups: [group] }))).rejects.toMatchObject({
      name: 'IncorrectInstanceState',
    });
  });
});

describe('EC2 managed instances', () => {
  test('refuse every change', async () => {
    const { ec2, launch, place } = ec2Fixture();
    const InstanceId = required(launch().InstanceId);
    makeManagedInstance(place, InstanceId, 'eks.amazonaws.com');
    const seen = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] }));
    expect(seen.Reservations?.[0]?.Instances?.[0]?.Operator).toEqual({ Managed: true, Principal: 'eks.amazonaws.com' });
    await expect(
      ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: true } })),
    ).rejects.toMatchObject({ name: 'OperationNotPermitted' });
    await expect(ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }))).rejects.toMatchObject({
      name: 'OperationNotPermitted',
    });
  });
});

describe('launching', () => {
  test('with several interfaces, IPv6 and tags', async () => {
    const { launch, subnet, group } = ec2Fixture();
    const instance = launch({
      NetworkInterfaces: [
        { DeviceIndex: 1, SubnetId: subnet, Groups: [group] },
        { DeviceIndex: 0, SubnetId: subnet, Groups: [group], Ipv6AddressCount: 1 },
      ],
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'web-1' }] }],
    });
    expect(instance.NetworkInterfaces?.map((each) => each.Attachment?.DeviceIndex)).toEqual([0, 1]);
    expect(instance.NetworkInterfaces?.[0]?.Ipv6Addresses).toHaveLength(1);
    expect(instance.Tags).toEqual([{ Key: 'Name', Value: 'web-1' }]);
    expect(instance.VpcId).toBeDefined();
  });

  test('is all or nothing', async () => {
    const { ec2, subnet, group, sandbox } = ec2Fixture();
    const before = sandbox.dump();
    await expect(
      ec2.send(
        new RunInstancesCommand({
          ImageId: 'ami-1',
          MinCount: 1,
          MaxCount: 1,
          NetworkInterfaces: [
            { DeviceIndex: 0, SubnetId: subnet, Groups: [group] },
            { DeviceIndex: 1, SubnetId: subnet, Groups: ['sg-0123456789abcdef0'] },
          ],
        }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' });
    expect(sandbox.dump()).toEqual(before);
  });

  test('needs a network', async () => {
    const { ec2, admin } = ec2Fixture();
    const input = { ImageId: 'ami-1', MinCount: 1, MaxCount: 1 };
    await expect(ec2.send(new RunInstancesCommand(input))).rejects.toMatchObject({ name: 'VPCIdNotSpecified' });
    const { CreateDefaultVpcCommand } = await import('@aws-sdk/client-ec2');
    admin.run(new CreateDefaultVpcCommand({}), region);
    const launched = await ec2.send(new RunInstancesCommand(input));
    expect(launched.Instances?.[0]?.PrivateIpAddress).toBe('172.31.0.4');
  });
});

describe('describing', () => {
  test('tells ids that are unknown from ids that are none', async () => {
    const { ec2 } = ec2Fixture();
    await expect(ec2.send(new DescribeInstancesCommand({ InstanceIds: ['i-0123456789abcdef0'] }))).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound',
    });
    await expect(ec2.send(new DescribeInstancesCommand({ InstanceIds: ['web-1'] }))).rejects.toMatchObject({
      name: 'InvalidInstanceID.Malformed',
    });
  });

  test('has pages, and filters', async () => {
    const { ec2, launch, place } = ec2Fixture();
    const ids = Array.from({ length: 7 }, () => required(launch().InstanceId));
    configureEc2(place, { pageSize: 3 });
    const pages: string[][] = [];
    for await (const { Reservations } of paginateDescribeInstances({ client: ec2 }, {}))
      pages.push(
        (Reservations ?? []).flatMap(({ Instances }) => (Instances ?? []).map(({ InstanceId }) => required(InstanceId))),
      );
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(pages.flat().sort()).toEqual([...ids].sort());
    const filtered = await ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'instance-state-name', Values: ['stop*'] }] }),
    );
    expect(filtered.Reservations).toEqual([]);
    await expect(
      ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'colour', Values: ['red'] }] })),
    ).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    await expect(ec2.send(new DescribeInstancesCommand({ InstanceIds: ids, MaxResults: 5 }))).rejects.toMatchObject({
      name: 'InvalidParameterCombination',
    });
    await expect(ec2.send(new DescribeInstancesCommand({ NextToken: 'nonsense' }))).rejects.toMatchObject({
      name: 'InvalidPaginationToken',
    });
  });

  test('reading makes nothing', async () => {
    const { ec2, sandbox } = ec2Fixture();
    const before = sandbox.dump();
    await ec2.send(new DescribeInstancesCommand({}));
    await expect(ec2.send(new DescribeInstancesCommand({ DryRun: true }))).rejects.toMatchObject({ name: 'DryRunOperation' });
    expect(sandbox.dump()).toEqual(before);
  });
});
