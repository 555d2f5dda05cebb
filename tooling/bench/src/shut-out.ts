import { DescribeNetworkInterfacesCommand, DescribeSecurityGroupsCommand, type SecurityGroup } from '@aws-sdk/client-ec2';
import { ListUsersCommand } from '@aws-sdk/client-iam';
import { GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { AwsError, type Sandbox } from '@entity-lockdown/sandbox';
import { region } from './lockdown-process.ts';

// Whether an entity is cut off, seen from outside: by AWS's own answers, not by what was called.

/** Whether the principal's own calls are denied. Instances and functions are asked as themselves, with their roles' sessions. */
export function isDenied(sandbox: Sandbox, principal: string): boolean {
  try {
    sandbox.as(principal).run(new ListUsersCommand({}));
    return false;
  } catch (error) {
    if (error instanceof AwsError && /^AccessDenied/.test(error.code)) return true;
    throw error;
  }
}

export function isStopped(sandbox: Sandbox, functionArn: string): boolean {
  const [, , , , account = '', , name] = functionArn.split(':');
  const answer = sandbox.as(`admin:${account}`).run(new GetFunctionConcurrencyCommand({ FunctionName: name }), region);
  return answer.ReservedConcurrentExecutions === 0;
}

/** Whether all interfaces have a group through which flows are not tracked: everything is open, in both directions and families. */
export function isUntracked(sandbox: Sandbox, instanceArn: string): boolean {
  return allGroups(sandbox, instanceArn, ({ IpPermissions = [], IpPermissionsEgress = [] }) =>
    [IpPermissions, IpPermissionsEgress].every((rules) =>
      ['0.0.0.0/0', '::/0'].every((everywhere) =>
        rules.some(
          ({ IpProtocol, IpRanges = [], Ipv6Ranges = [] }) =>
            IpProtocol === '-1' &&
            [...IpRanges.map(({ CidrIp }) => CidrIp), ...Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6)].includes(everywhere),
        ),
      ),
    ),
  );
}

/** Whether all interfaces have groups without a rule, and no other. */
export function isIsolated(sandbox: Sandbox, instanceArn: string): boolean {
  return allGroups(
    sandbox,
    instanceArn,
    ({ IpPermissions = [], IpPermissionsEgress = [] }) => IpPermissions.length + IpPermissionsEgress.length === 0,
  );
}

function allGroups(sandbox: Sandbox, instanceArn: string, is: (group: SecurityGroup) => boolean): boolean {
  const [, , , , account = '', resource = ''] = instanceArn.split(':');
  const admin = sandbox.as(`admin:${account}`);
  const Filters = [{ Name: 'attachment.instance-id', Values: [resource.slice('instance/'.length)] }];
  const { NetworkInterfaces = [] } = admin.run(new DescribeNetworkInterfacesCommand({ Filters }), region);
  const used = new Set(NetworkInterfaces.flatMap(({ Groups = [] }) => Groups.map(({ GroupId }) => GroupId)));
  const { SecurityGroups = [] } = admin.run(new DescribeSecurityGroupsCommand({}), region);
  const groups = SecurityGroups.filter(({ GroupId }) => used.has(GroupId));
  return NetworkInterfaces.length > 0 && groups.length > 0 && groups.every(is);
}
