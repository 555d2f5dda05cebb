import {
  AuthorizeSecurityGroupEgressCommand,
  DescribeSecurityGroupsCommand,
  RevokeSecurityGroupEgressCommand,
} from '@aws-sdk/client-ec2';
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
