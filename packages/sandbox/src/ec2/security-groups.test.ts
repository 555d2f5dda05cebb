import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  paginateDescribeSecurityGroups,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { configureEc2 } from './builders.ts';
import { ec2Fixture, required } from './testing/fixture.ts';

const tcp443 = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'inside' }] };

async function read(fixture: ReturnType<typeof ec2Fixture>, id: string) {
  const { SecurityGroups } = await fixture.ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }));
  return required(SecurityGroups?.[0]);
}

describe('a new group', () => {
  test('lets all out, in each family that its VPC has', async () => {
    const fixture = ec2Fixture();
    const all = { IpProtocol: '-1', PrefixListIds: [], UserIdGroupPairs: [] };
    expect((await read(fixture, fixture.group)).IpPermissionsEgress).toEqual([
      { ...all, IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
    ]);
    expect((await read(fixture, fixture.group)).IpPermissions).toEqual([]);
    const ipv4Only = required((await fixture.ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }))).Vpc?.VpcId);
    const made = await fixture.ec2.send(new CreateSecurityGroupCommand({ GroupName: 'x', Description: 'x', VpcId: ipv4Only }));
    expect((await read(fixture, required(made.GroupId))).IpPermissionsEgress).toEqual([
      { ...all, IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [] },
    ]);
  });

  test('has a name of its own in its VPC, in whichever case', async () => {
    const { ec2, vpc } = ec2Fixture();
    const refusals: [string, string][] = [
      ['WEB', 'InvalidGroup.Duplicate'],
      ['sg-mine', 'InvalidParameterValue'],
      ['default', 'InvalidParameterValue'],
      ['x'.repeat(256), 'InvalidParameterValue'],
      ['naïve', 'InvalidParameterValue'],
    ];
    for (const [GroupName, name] of refusals)
      await expect(ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: 'x', VpcId: vpc }))).rejects.toMatchObject({
        name,
      });
    const other = required((await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }))).Vpc?.VpcId);
    await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'x', VpcId: other }));
  });

  test('counts against the quota', async () => {
    const { ec2, vpc, place } = ec2Fixture();
    configureEc2(place, { groupsPerRegion: 2 });
    await expect(
      ec2.send(new CreateSecurityGroupCommand({ GroupName: 'x', Description: 'x', VpcId: vpc })),
    ).rejects.toMatchObject({
      name: 'SecurityGroupLimitExceeded',
    });
  });
});

describe('rules', () => {
  test('are added once and revoked once', async () => {
    const fixture = ec2Fixture();
    const input = { GroupId: fixture.group, IpPermissions: [tcp443] };
    await fixture.ec2.send(new AuthorizeSecurityGroupIngressCommand(input));
    await expect(fixture.ec2.send(new AuthorizeSecurityGroupIngressCommand(input))).rejects.toMatchObject({
      name: 'InvalidPermission.Duplicate',
    });
    expect((await read(fixture, fixture.group)).IpPermissions).toMatchObject([tcp443]);
    // The description does not count.
    const bare = {
      GroupId: fixture.group,
      IpPermissions: [{ ...tcp443, IpProtocol: '6', IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
    };
    await fixture.ec2.send(new RevokeSecurityGroupIngressCommand(bare));
    await expect(fixture.ec2.send(new RevokeSecurityGroupIngressCommand(bare))).rejects.toMatchObject({
      name: 'InvalidPermission.NotFound',
    });
    expect((await read(fixture, fixture.group)).IpPermissions).toEqual([]);
  });

  test('as described can be revoked as they are', async () => {
    const fixture = ec2Fixture();
    const { IpPermissionsEgress } = await read(fixture, fixture.group);
    await fixture.ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: fixture.group, IpPermissions: IpPermissionsEgress }));
    expect((await read(fixture, fixture.group)).IpPermissionsEgress).toEqual([]);
  });

  test('are added all or none', async () => {
    const fixture = ec2Fixture();
    const everything = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    const before = await read(fixture, fixture.group);
    await expect(
      fixture.ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: fixture.group, IpPermissions: [tcp443, everything] })),
    ).rejects.toMatchObject({ name: 'InvalidPermission.Duplicate' });
    expect(await read(fixture, fixture.group)).toEqual(before);
  });

  test('have a quota for each direction and family', async () => {
    const { ec2, group, place } = ec2Fixture();
    configureEc2(place, { rulesPerGroup: 1 });
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions: [tcp443] }));
    const ipv6 = { ...tcp443, IpRanges: [], Ipv6Ranges: [{ CidrIpv6: '::/0' }] };
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions: [ipv6] }));
    const second = { ...tcp443, FromPort: 80, ToPort: 80 };
    await expect(
      ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions: [second] })),
    ).rejects.toMatchObject({ name: 'RulesPerSecurityGroupLimitExceeded' });
  });
});

describe('deleting a group', () => {
  test('is refused while an interface has it', async () => {
    const { ec2, group, launch } = ec2Fixture();
    launch();
    await expect(ec2.send(new DeleteSecurityGroupCommand({ GroupId: group }))).rejects.toMatchObject({
      name: 'DependencyViolation',
    });
  });

  test('is refused while another group names it, not for naming itself', async () => {
    const { ec2, group, vpc } = ec2Fixture();
    const made = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'db', Description: 'db', VpcId: vpc }));
    const GroupId = required(made.GroupId);
    const from = (source: string) => [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: source }] }];
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: from(group) }));
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: from(GroupId) }));
    await expect(ec2.send(new DeleteSecurityGroupCommand({ GroupId: group }))).rejects.toMatchObject({
      name: 'DependencyViolation',
    });
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: group }));
    await expect(ec2.send(new DeleteSecurityGroupCommand({ GroupId: group }))).rejects.toMatchObject({
      name: 'InvalidGroup.NotFound',
    });
  });

  test('is refused for the default group', async () => {
    const { ec2, vpc } = ec2Fixture();
    const { SecurityGroups } = await ec2.send(
      new DescribeSecurityGroupsCommand({
        Filters: [
          { Name: 'group-name', Values: ['default'] },
          { Name: 'vpc-id', Values: [vpc] },
        ],
      }),
    );
    await expect(
      ec2.send(new DeleteSecurityGroupCommand({ GroupId: required(SecurityGroups?.[0]?.GroupId) })),
    ).rejects.toMatchObject({
      name: 'CannotDelete',
    });
  });
});

test('groups have pages', async () => {
  const { ec2, vpc, place } = ec2Fixture();
  for (let at = 0; at < 4; at += 1)
    await ec2.send(new CreateSecurityGroupCommand({ GroupName: `g${at}`, Description: 'x', VpcId: vpc }));
  configureEc2(place, { pageSize: 4 });
  const pages: number[] = [];
  for await (const { SecurityGroups } of paginateDescribeSecurityGroups({ client: ec2 }, {}))
    pages.push(SecurityGroups?.length ?? 0);
  expect(pages).toEqual([4, 2]);
});
