import { DescribeInstancesCommand, DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import {
  GetRolePolicyCommand,
  ListAccessKeysCommand,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
} from '@aws-sdk/client-iam';
import { GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { parseArn } from '@entity-lockdown/plugin-api';
import type { Simulation } from './simulation.ts';

/** Whether AWS itself, asked by an administrator, has an entity of the tests as a containment leaves it. */
export function isCutOff({ admin }: Simulation, arn: string): boolean {
  const parsed = parseArn(arn);
  if ('fault' in parsed) throw new Error(parsed.fault);
  const { account, service, resource, region } = parsed;
  const name = resource.split(/[/:]/).at(-1) ?? '';
  const run = admin(account).run;
  const isDenied = (RoleName: string): boolean => {
    const { PolicyNames = [] } = run(new ListRolePoliciesCommand({ RoleName }));
    const [PolicyName] = PolicyNames.filter((each) => each.startsWith('EntityLockdown'));
    if (PolicyName === undefined) return false;
    return /Deny/.test(decodeURIComponent(run(new GetRolePolicyCommand({ RoleName, PolicyName })).PolicyDocument ?? ''));
  };
  if (service === 'lambda') {
    const { ReservedConcurrentExecutions } = run(new GetFunctionConcurrencyCommand({ FunctionName: name }), region);
    return ReservedConcurrentExecutions === 0 && isDenied(`${name}-role`);
  }
  if (service === 'ec2') {
    const { Reservations } = run(new DescribeInstancesCommand({ InstanceIds: [name] }), region);
    const { NetworkInterfaces = [] } = Reservations?.[0]?.Instances?.[0] ?? {};
    const groups = NetworkInterfaces.flatMap(({ Groups = [] }) => Groups.map(({ GroupId = '' }) => GroupId));
    const { SecurityGroups = [] } = run(new DescribeSecurityGroupsCommand({ GroupIds: groups }), region);
    return (
      groups.length > 0 &&
      SecurityGroups.every(
        ({ IpPermissions = [], IpPermissionsEgress = [] }) => IpPermissions.length + IpPermissionsEgress.length === 0,
      )
    );
  }
  if (resource.startsWith('role/')) return isDenied(name);
  const { AccessKeyMetadata = [] } = run(new ListAccessKeysCommand({ UserName: name }));
  const { PolicyNames = [] } = run(new ListUserPoliciesCommand({ UserName: name }));
  return PolicyNames.length > 0 && AccessKeyMetadata.every(({ Status }) => Status === 'Inactive');
}

/** The kinds of the mails that were sent, in their order; a mail that says it may be a repetition has a `?`. */
export function kindsOf({ mails }: Simulation): readonly string[] {
  return mails.map(({ attributes }) => `${attributes.kind}${attributes.repeated === undefined ? '' : '?'}`);
}
