import {
  AuthorizeSecurityGroupEgressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  RevokeSecurityGroupEgressCommand,
} from '@aws-sdk/client-ec2';
import { awsError, faults } from '@entity-lockdown/sandbox';
import { describe, expect, test } from 'vitest';
import { makeGroup } from './make-group.ts';
import { groupName, isOwn, isReady, kindTag, ledgerTag, markInName } from './own-group.ts';
import { groupSymbol } from './symbol.ts';
import { account, entityOf, made, mark, organization } from './testing/organization.ts';

const tags = (ledger: string, kind: string) => [
  { Key: ledgerTag, Value: ledger },
  { Key: kindTag, Value: kind },
];
const ours = { OwnerId: account, GroupName: groupName('isolation', mark), Tags: tags(mark, 'isolation') };

describe('a group is ours by all of its signs', () => {
  test.each([
    ['all of them', ours, true],
    ['a further name', { ...ours, GroupName: groupName('isolation', mark, 3) }, true],
    ['another owner', { ...ours, OwnerId: '444455556666' }, false],
    ['no ledger tag', { ...ours, Tags: tags(mark, 'isolation').slice(1) }, false],
    ['another ledger’s tag', { ...ours, Tags: tags('zzzzzz999999', 'isolation') }, false],
    ['the tag of the other kind', { ...ours, Tags: tags(mark, 'untrack') }, false],
    ['the name of the other kind', { ...ours, GroupName: groupName('untrack', mark) }, false],
    ['a name of its own', { ...ours, GroupName: 'web' }, false],
    ['a longer name', { ...ours, GroupName: `${groupName('isolation', mark)}-web` }, false],
  ])('%s', (_, group, expected) => {
    expect(isOwn(group, 'isolation', mark, account)).toBe(expected);
  });

  test('the ledger is in the name', () => {
    expect(markInName(groupName('untrack', mark, 2))).toBe(mark);
    expect(markInName('entity-lockdown-untrack-short')).toBeUndefined();
  });
});

describe('rules', () => {
  const all = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [{ CidrIpv6: '::/0' }] };
  test.each([
    ['none', [], [], true, false],
    ['all of both families', [all], [all], false, true],
    ['all of both families, with ports that mean nothing', [{ ...all, FromPort: 0, ToPort: 80 }], [all], false, true],
    ['all of IPv4', [{ ...all, Ipv6Ranges: [] }], [all], false, false],
    ['inbound alone', [all], [], false, false],
    [
      'all, and one more',
      [all, { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, PrefixListIds: [{ PrefixListId: 'pl-1' }] }],
      [all],
      false,
      false,
    ],
    ['one of a group', [], [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-1', UserId: account }] }], false, false],
  ])('%s', (_, IpPermissions, IpPermissionsEgress, isolates, untracks) => {
    const group = { IpPermissions, IpPermissionsEgress };
    expect([isReady(group, 'isolation'), isReady(group, 'untrack')]).toEqual([isolates, untracks]);
  });
});

describe('making one', () => {
  const entity = entityOf('i-0123456789abcdef0');

  test('needs a symbol that names one', async () => {
    const of = organization();
    const symbol = groupSymbol(entity.arn, of.vpc, 'isolation');
    await expect(makeGroup(of.context, symbol.replace('isolation', 'other'), undefined)).rejects.toThrow('no group is named by');
  });

  test('writes what is not so yet, and nothing to one that is ready', async () => {
    const of = organization();
    const symbol = groupSymbol(entity.arn, of.vpc, 'isolation');
    of.sandbox.clearCalls();
    const group = await makeGroup(of.context, symbol, undefined);
    const written = of.sandbox.calls.filter(({ mutates }) => mutates).map(({ operation }) => operation);
    // A new group has a rule for all that goes out, which EC2 gave it.
    expect(written).toEqual(['CreateSecurityGroup', 'RevokeSecurityGroupEgress']);
    of.sandbox.clearCalls();
    expect(await makeGroup(of.context, symbol, group)).toEqual(group);
    expect(of.sandbox.calls.map(({ operation }) => operation)).toEqual(['DescribeSecurityGroups']);
  });

  test('takes the ninth name where strangers have those before it, and says so where they have that too', async () => {
    const of = organization();
    const symbol = groupSymbol(entity.arn, of.vpc, 'isolation');
    const taken = (further: number) =>
      of.run(
        new CreateSecurityGroupCommand({ VpcId: of.vpc, GroupName: groupName('isolation', mark, further), Description: 'x' }),
      );
    for (let further = 1; further <= 8; further += 1) taken(further);
    const { id } = await makeGroup(of.context, symbol, undefined);
    const [ninth] = of.run(new DescribeSecurityGroupsCommand({ GroupIds: [id] })).SecurityGroups ?? [];
    expect(ninth?.GroupName).toBe(groupName('isolation', mark, 9));
    of.run(new DeleteSecurityGroupCommand({ GroupId: id }));
    taken(9);
    await expect(makeGroup(of.context, symbol, undefined)).rejects.toThrow(/to -9 are all taken/);
  });

  test('without the right to is an error at once, whatever other names there are', async () => {
    const of = organization();
    const denied = ({ operation }: { readonly operation: string }) => operation === 'CreateSecurityGroup';
    of.sandbox.intercept({ before: (call) => (denied(call) ? faults.denied() : undefined) });
    of.sandbox.clearCalls();
    const symbol = groupSymbol(entity.arn, of.vpc, 'isolation');
    await expect(makeGroup(of.context, symbol, undefined)).rejects.toThrow('Access denied');
    expect(of.sandbox.calls.filter(denied)).toHaveLength(1);
  });

  test('whose rules may not be changed is an error, and not as if somebody else changed them', async () => {
    const of = organization();
    of.sandbox.intercept({
      before: ({ operation }) => (operation === 'RevokeSecurityGroupEgress' ? faults.denied() : undefined),
    });
    const symbol = groupSymbol(entity.arn, of.vpc, 'isolation');
    await expect(makeGroup(of.context, symbol, undefined)).rejects.toThrow('Access denied');
  });

  test('that EC2 does not describe yet is tried again later, and not called ready', async () => {
    const of = organization();
    const lag = awsError('InvalidGroup.NotFound', 'The security group does not exist', 400);
    of.sandbox.intercept({ before: ({ operation }) => (operation === 'DescribeSecurityGroups' ? lag : undefined) });
    for (const kind of ['isolation', 'untrack'] as const)
      await expect(makeGroup(of.context, groupSymbol(entity.arn, of.vpc, kind), undefined)).rejects.toMatchObject({
        name: 'ConcurrentModification',
      });
  });

  test('in place of one that is gone takes a spare one that is there, which is spare no more', async () => {
    const of = organization();
    const symbol = groupSymbol(entity.arn, of.vpc, 'isolation');
    const { id } = await makeGroup(of.context, symbol, undefined);
    const known = { id: 'sg-0123456789abcdef0', ready: true, spare: [id, 'sg-0fedcba9876543210'] };
    expect(await makeGroup(of.context, symbol, known)).toEqual({ id, ready: true, spare: ['sg-0fedcba9876543210'] });
  });
});

describe('while others write to it', () => {
  const entity = entityOf('i-0123456789abcdef0');

  test('a group whose rules come back is not called ready', async () => {
    const of = organization();
    of.sandbox.intercept({
      after: ({ operation, input }) => {
        const { GroupId } = input as { GroupId?: string };
        if (operation === 'RevokeSecurityGroupEgress')
          of.run(
            new AuthorizeSecurityGroupEgressCommand({
              GroupId,
              IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '198.51.100.7/32' }] }],
            }),
          );
        return undefined;
      },
    });
    const symbol = groupSymbol(entity.arn, of.vpc, 'isolation');
    await expect(makeGroup(of.context, symbol, undefined)).rejects.toThrow(/not what they were set to/);
  });

  test('a rule that another process took away already is no failure', async () => {
    const of = organization();
    let isFirst = true;
    of.sandbox.intercept({
      before: ({ operation, input }) => {
        const { GroupId } = input as { GroupId?: string };
        if (operation !== 'RevokeSecurityGroupEgress' || !isFirst) return undefined;
        isFirst = false;
        const { SecurityGroups } = of.run(new DescribeSecurityGroupsCommand({ GroupIds: [made(GroupId)] }));
        of.run(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: SecurityGroups?.[0]?.IpPermissionsEgress }));
        return undefined;
      },
    });
    const symbol = groupSymbol(entity.arn, of.vpc, 'isolation');
    const { id } = await makeGroup(of.context, symbol, undefined);
    const [group] = of.run(new DescribeSecurityGroupsCommand({ GroupIds: [id] })).SecurityGroups ?? [];
    expect([group?.IpPermissions, group?.IpPermissionsEgress]).toEqual([[], []]);
  });
});
