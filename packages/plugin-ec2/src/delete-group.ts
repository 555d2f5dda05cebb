import {
  DeleteSecurityGroupCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { arnOf, awsErrorCode, type Context } from '@entity-lockdown/plugin-api';
import { isOwn, ledgerTag } from './own-group.ts';
import type { OwnGroup } from './state.ts';
import { parseSymbol } from './symbol.ts';

/**
 * Removes the groups of ours that a symbol stands for, where nothing uses them any more. Looks again for what the last look may not
 * have shown.
 *
 * @throws an error that names what uses one of them still
 */
export async function deleteGroup(ctx: Context, symbol: string, known: OwnGroup | undefined): Promise<void> {
  const ec2 = ctx.client(EC2Client);
  const ids = known === undefined ? await find(ec2, symbol, ctx.mark) : [known.id, ...known.spare];
  await Promise.all(ids.map((id) => deleteOne(ec2, id)));
}

async function find(ec2: EC2Client, symbol: string, mark: string): Promise<readonly string[]> {
  const wanted = parseSymbol(symbol);
  if (wanted === undefined) return [];
  const Filters = [
    { Name: 'vpc-id', Values: [wanted.vpc] },
    { Name: `tag:${ledgerTag}`, Values: [mark] },
  ];
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  const { account } = arnOf(symbol);
  return SecurityGroups.flatMap((group) =>
    group.GroupId !== undefined && isOwn(group, wanted.kind, mark, account) ? [group.GroupId] : [],
  );
}

async function deleteOne(ec2: EC2Client, GroupId: string): Promise<void> {
  try {
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
  } catch (error) {
    const code = awsErrorCode(error) ?? '';
    if (code === 'InvalidGroup.NotFound') return;
    if (code !== 'DependencyViolation' && code !== 'InvalidGroup.InUse') throw error;
    const Filters = [{ Name: 'group-id', Values: [GroupId] }];
    const { NetworkInterfaces = [] } = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }));
    const users = NetworkInterfaces.map(({ NetworkInterfaceId, Attachment }) =>
      Attachment?.InstanceId === undefined ? NetworkInterfaceId : `${NetworkInterfaceId} of ${Attachment.InstanceId}`,
    );
    if (users.length === 0) throw error;
    throw Object.assign(
      new Error(
        `our group ${GroupId} stays: it was also given to ${users.join(', ')}. Give them other groups, then release again`,
        {
          cause: error,
        },
      ),
      { name: code },
    );
  }
}
