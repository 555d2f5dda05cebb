import {
  AttachNetworkInterfaceCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  DescribeInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CreateInstanceProfileCommand } from '@aws-sdk/client-iam';
import { makeRequesterManaged, putInstanceState } from '@entity-lockdown/sandbox';
import { describe, expect, test } from 'vitest';
import { describeFaults } from './faults.ts';
import {
  answerTo,
  groupsOf,
  instance,
  instanceId,
  made,
  type Organization,
  organization,
  ourGroups,
  profile,
  role,
} from './organization.ts';

/** Attaches one more interface, as an attacker would. Answers its id. */
function attachAnother(of: Organization, arn: string, DeviceIndex = 5): string {
  const { NetworkInterface } = of.run(new CreateNetworkInterfaceCommand({ SubnetId: of.subnet, Groups: [of.groups[0]] }));
  const NetworkInterfaceId = made(NetworkInterface?.NetworkInterfaceId);
  of.run(new AttachNetworkInterfaceCommand({ InstanceId: instanceId(arn), NetworkInterfaceId, DeviceIndex }));
  return NetworkInterfaceId;
}

const isolated = (of: Organization, arn: string): boolean => {
  const closed = ourGroups(of).find(({ GroupName }) => GroupName?.includes('isolation'));
  return closed?.IpPermissions?.length === 0 && closed.IpPermissionsEgress?.length === 0
    ? groupsOf(of, arn).every((groups) => groups.join() === closed.GroupId)
    : false;
};

test.each(['aws', 'aws-cn', 'aws-us-gov'])(
  'an instance in %s: isolated in both families, its role denied, then as it was',
  async (partition) => {
    const of = organization({ partition, pageSize: 5, iam: { pageSize: 1 } });
    role(of, 'web', '/team/web/');
    const there = instance(of, profile(of, 'web'));
    const before = of.sandbox.dump();
    const [web, admin] = of.groups;
    expect(groupsOf(of, there)).toEqual([
      [web, admin],
      [admin, web],
    ]);
    const { contain, release } = of.process();
    expect((await contain(there)).record).toMatchObject({ state: 'contained', failures: [] });
    expect([isolated(of, there), await answerTo(of, there)]).toEqual([true, 'denied']);
    expect((await release(there)).record.state).toBe('released');
    expect(of.sandbox.dump()).toEqual(before);
  },
);

describe('many instances of one VPC, on one role', () => {
  test('twelve at once, by a process each, share two groups; those go with the last release', async () => {
    const of = organization();
    role(of, 'web');
    const Name = profile(of, 'web');
    const all = Array.from({ length: 12 }, () => instance(of, Name));
    const sibling = instance(of, Name);
    const before = of.sandbox.dump();
    const processes = all.map((_, index) => of.process({ me: `process-${index}` }));
    const contained = await Promise.all(all.map((arn, index) => processes[index]?.contain(arn)));
    expect(contained.map((each) => [each?.record.state, each?.record.failures])).toEqual(all.map(() => ['contained', []]));
    expect(all.map((arn) => isolated(of, arn))).toEqual(all.map(() => true));
    expect(ourGroups(of)).toHaveLength(2);
    for (const arn of all) expect(await answerTo(of, arn)).toBe('denied');
    expect([await answerTo(of, sibling), isolated(of, sibling)]).toEqual(['allowed', false]);

    const [last = '', ...others] = all;
    const released = await Promise.all(others.map((arn, index) => processes[index]?.release(arn)));
    expect(released.map((each) => each?.record.state)).toEqual(others.map(() => 'released'));
    expect(ourGroups(of)).toHaveLength(2);
    expect([isolated(of, last), await answerTo(of, last), await answerTo(of, sibling)]).toEqual([true, 'denied', 'allowed']);
    expect((await of.process().release(last)).record.state).toBe('released');
    expect(ourGroups(of)).toEqual([]);
    expect(of.sandbox.dump()).toEqual(before);
  });

  test('the role contained on its own denies the siblings too, and only as long', async () => {
    const of = organization();
    const web = role(of, 'web');
    const Name = profile(of, 'web');
    const [one, two] = [instance(of, Name), instance(of, Name)];
    const before = of.sandbox.dump();
    const { contain, release } = of.process();
    const answers = async () => [await answerTo(of, one), await answerTo(of, two)];
    await contain(one);
    expect(await answers()).toEqual(['denied', 'allowed']);
    await contain(web);
    expect(await answers()).toEqual(['denied', 'denied']);
    await release(web);
    expect(await answers()).toEqual(['denied', 'allowed']);
    await release(one);
    expect(of.sandbox.dump()).toEqual(before);
  });
});

describe('interfaces', () => {
  test('one that a service manages is reported, and the rest is isolated', async () => {
    const of = organization();
    const there = instance(of);
    const managed = attachAnother(of, there);
    makeRequesterManaged(of.place, managed, 'amazon-eks');
    const before = of.sandbox.dump();
    const { contain, release } = of.process();
    const { record } = await contain(there);
    expect(record.state).toBe('partial');
    expect(record.warnings).toContainEqual({ gap: true, text: expect.stringContaining(managed) });
    const [first, second, third] = groupsOf(of, there);
    expect([first, second, third]).toEqual([second, first, [of.groups[0]]]);
    expect(first).not.toEqual(third);
    await release(there);
    expect(of.sandbox.dump()).toEqual(before);
  });

  test('one that is attached during the dwell is isolated too, and is put back, since it can serve elsewhere', async () => {
    const of = organization();
    const there = instance(of);
    const { dispatcher, drive, release } = of.process();
    const begun = await dispatcher.contain({ arn: there, by: 'test' });
    of.clock.turn(20_000);
    attachAnother(of, there);
    expect((await drive(begun)).record.state).toBe('contained');
    expect([groupsOf(of, there).length, isolated(of, there)]).toEqual([3, true]);
    await release(there);
    expect(groupsOf(of, there)).toEqual([[...of.groups], [...of.groups].reverse(), [of.groups[0]]]);
  });

  test('a rule added to our group in the dwell does not survive it', async () => {
    const of = organization();
    const there = instance(of);
    const before = of.sandbox.dump();
    const { dispatcher, drive, release } = of.process();
    const begun = await dispatcher.contain({ arn: there, by: 'test' });
    const closed = ourGroups(of).find(({ GroupName }) => GroupName?.includes('isolation'));
    const IpPermissions = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
    of.run(new AuthorizeSecurityGroupIngressCommand({ GroupId: closed?.GroupId, IpPermissions }));
    expect((await drive(begun)).record.state).toBe('contained');
    expect(isolated(of, there)).toBe(true);
    await release(there);
    expect(of.sandbox.dump()).toEqual(before);
  });
});

describe('an instance that is', () => {
  test('stopped is isolated, without resting in the open', async () => {
    const of = organization();
    const there = instance(of);
    of.run(new StopInstancesCommand({ InstanceIds: [instanceId(there)] }));
    of.clock.turn(120_000);
    const before = of.sandbox.dump();
    const begun = of.clock.now();
    const { contain, release } = of.process();
    expect((await contain(there)).record.state).toBe('contained');
    expect(of.clock.now() - begun).toBeLessThan(60_000);
    expect(isolated(of, there)).toBe(true);
    await release(there);
    expect(of.sandbox.dump()).toEqual(before);
  });

  test('pending is isolated', async () => {
    const of = organization();
    const there = instance(of);
    putInstanceState(of.place, of.clock.now(), instanceId(there), 'pending');
    const { record } = await of.process().contain(there);
    expect([record.state, isolated(of, there)]).toEqual(['contained', true]);
  });

  test('terminated, or never was, is refused, and nothing is left of it', async () => {
    const of = organization();
    const there = instance(of);
    of.run(new TerminateInstancesCommand({ InstanceIds: [instanceId(there)] }));
    of.clock.turn(120_000);
    const before = of.sandbox.dump();
    const { contain } = of.process();
    for (const arn of [there, there.replace(/i-.*/, 'i-0123456789abcdef0')]) {
      const { record } = await contain(arn);
      expect(record).toMatchObject({ state: 'refused', failures: [{ code: 'no-such-entity' }] });
      expect(of.sandbox.dump()).toEqual(before);
    }
  });

  test('terminated while it was contained is not called contained; its record can be released', async () => {
    const of = organization();
    role(of, 'web');
    const there = instance(of, profile(of, 'web'));
    const { contain, release } = of.process();
    await contain(there);
    putInstanceState(of.place, of.clock.now(), instanceId(there), 'terminated');
    of.clock.turn(7_200_000);
    const gone = of.run(new DescribeInstancesCommand({})).Reservations ?? [];
    expect(gone).toEqual([]);
    expect((await contain(there)).record.state).toBe('partial');
    expect((await release(there)).record.state).toBe('released');
    expect(ourGroups(of)).toEqual([]);
  });

  test.each([
    ['without a profile', (_of: Organization) => undefined],
    [
      'with a profile without a role',
      (of: Organization) => {
        of.run(new CreateInstanceProfileCommand({ InstanceProfileName: 'empty' }));
        return 'empty';
      },
    ],
  ])('%s is isolated', async (_, profileOf) => {
    const of = organization();
    const there = instance(of, profileOf(of));
    const before = of.sandbox.dump();
    const { contain, release } = of.process();
    expect((await contain(there)).record.state).toBe('contained');
    expect(isolated(of, there)).toBe(true);
    await release(there);
    expect(of.sandbox.dump()).toEqual(before);
  });
});

for (const scope of ['instance', 'role'])
  await describeFaults({
    title: `an instance, with scope ${scope}`,
    build() {
      const of = organization();
      role(of, 'web', '/team/web/');
      return { of, arn: instance(of, profile(of, 'web')) };
    },
    options: { scope, dwell: 20 },
    // Protection from being stopped and terminated cuts nothing off.
    optional: ['ModifyInstanceAttribute'],
  });
