import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  type IpPermission,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import { arnOf, awsErrorCode, type Context } from '@entity-lockdown/plugin-api';
import { groupName, isOwn, isReady, kindTag, ledgerTag, missing, rulesOf, singleRules } from './own-group.ts';
import type { OwnGroup } from './state.ts';
import { type GroupKind, parseSymbol } from './symbol.ts';

/**
 * Makes the group that a symbol stands for, or repairs it, and reads back that its rules are right. Twice, or by two processes at
 * once, it comes to the same.
 *
 * @param known what was last seen of it
 * @throws what AWS answers, and an error where the rules are still not right
 */
export async function makeGroup(ctx: Context, symbol: string, known: OwnGroup | undefined): Promise<OwnGroup> {
  const wanted = parseSymbol(symbol);
  if (wanted === undefined) throw new Error(`no group is named by ${symbol.slice(0, 200)}`);
  const { vpc, kind } = wanted;
  const ec2 = ctx.client(EC2Client);
  const { account } = arnOf(symbol);
  const seen = known && (await byId(ec2, known.id));
  const id = seen?.GroupId ?? (await create(ec2, vpc, kind, ctx.mark, account));
  await setRules(ec2, id, kind, seen ?? (await byId(ec2, id)));
  return { id, ready: true, spare: known?.spare.filter((spare) => spare !== id) ?? [] };
}

/** How many names are tried: strangers' groups may have the first. */
const mostNames = 9;

async function create(ec2: EC2Client, vpc: string, kind: GroupKind, mark: string, account: string): Promise<string> {
  for (let further = 1; further <= mostNames; further += 1) {
    const name = groupName(kind, mark, further);
    try {
      const made = await ec2.send(
        new CreateSecurityGroupCommand({
          VpcId: vpc,
          GroupName: name,
          Description: descriptions[kind],
          TagSpecifications: [
            {
              ResourceType: 'security-group',
              Tags: [
                { Key: ledgerTag, Value: mark },
                { Key: kindTag, Value: kind },
              ],
            },
          ],
        }),
      );
      if (made.GroupId === undefined) throw new Error(`EC2 made the security group ${name} and answered no id`);
      return made.GroupId;
    } catch (error) {
      if (awsErrorCode(error) !== 'InvalidGroup.Duplicate') throw error;
      // Ours, made by another process a moment ago, or a stranger's: only a look can tell. Upper and lower case are the same in a
      // name and not in a filter, so that nothing may be found: then the next name is as good.
      const found = await byName(ec2, vpc, name);
      if (found?.GroupId !== undefined && isOwn(found, kind, mark, account)) return found.GroupId;
    }
  }
  throw new Error(`the names ${groupName(kind, mark)} to -${mostNames} are all taken in ${vpc} by groups that are not ours`);
}

const descriptions: { readonly [kind in GroupKind]: string } = {
  untrack: 'Entity Lockdown: all traffic, for a minute, so that connections are no longer tracked',
  isolation: 'Entity Lockdown: no traffic',
};

/** Takes away exactly what is there and should not be, whatever rules AWS or others gave it, and adds what is missing. */
async function setRules(ec2: EC2Client, GroupId: string, kind: GroupKind, before: SecurityGroup | undefined): Promise<void> {
  if (before !== undefined && isReady(before, kind)) return;
  const wanted = rulesOf[kind].flatMap(singleRules);
  const change = (found: readonly IpPermission[] | undefined) => {
    const rules = (found ?? []).flatMap(singleRules);
    return { add: [...missing(wanted, rules)], remove: [...missing(rules, wanted)] };
  };
  const ingress = change(before?.IpPermissions);
  const egress = change(before?.IpPermissionsEgress);
  await Promise.all([
    unlessEmpty(ingress.remove, (IpPermissions) => ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }))),
    unlessEmpty(egress.remove, (IpPermissions) => ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions }))),
    unlessEmpty(ingress.add, (IpPermissions) => ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }))),
    unlessEmpty(egress.add, (IpPermissions) => ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions }))),
  ]);
  const after = await byId(ec2, GroupId);
  if (after === undefined || !isReady(after, kind))
    throw Object.assign(
      new Error(`the rules of our group ${GroupId} are not what they were set to: EC2 lags, or somebody changes them`),
      // Tried again a little later, like AWS's own error of that name.
      { name: 'ConcurrentModification' },
    );
}

/** Another process may have done the same a moment ago. */
const doneAlready: ReadonlySet<string> = new Set(['InvalidPermission.Duplicate', 'InvalidPermission.NotFound']);

async function unlessEmpty(rules: IpPermission[], write: (rules: IpPermission[]) => Promise<unknown>): Promise<void> {
  if (rules.length === 0) return;
  try {
    await write(rules);
  } catch (error) {
    if (!doneAlready.has(awsErrorCode(error) ?? '')) throw error;
  }
}

async function byId(ec2: EC2Client, id: string): Promise<SecurityGroup | undefined> {
  try {
    const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }));
    return SecurityGroups?.[0];
  } catch (error) {
    if (awsErrorCode(error) === 'InvalidGroup.NotFound') return undefined;
    throw error;
  }
}

async function byName(ec2: EC2Client, vpc: string, name: string): Promise<SecurityGroup | undefined> {
  const Filters = [
    { Name: 'vpc-id', Values: [vpc] },
    { Name: 'group-name', Values: [name] },
  ];
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  return SecurityGroups?.[0];
}
