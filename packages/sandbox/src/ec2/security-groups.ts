import type {
  CreateSecurityGroupRequest,
  CreateSecurityGroupResult,
  DeleteSecurityGroupRequest,
  DeleteSecurityGroupResult,
  DescribeSecurityGroupsRequest,
  DescribeSecurityGroupsResult,
  SecurityGroup as PrintedGroup,
} from '@aws-sdk/client-ec2';
import type { Call, Operations } from '../operation.ts';
import { awsError } from '../operation.ts';
import { invalidValue, missingParameter, required } from './errors.ts';
import { filtered } from './filters.ts';
import { currentInterfaces } from './interface-view.ts';
import { defaultVpc, findGroup, findVpc } from './lookup.ts';
import { ec2Operation, ec2Read } from './operation.ts';
import { page } from './pages.ts';
import { demandOn, demandOnNew } from './resource-context.ts';
import { printedPermissions } from './rules.ts';
import type { Ec2State, GroupRule, SecurityGroup, Tags } from './state.ts';
import { ec2Arn, ec2State } from './state.ts';
import { printedTags, requestTagsFor, tagDemands, tagsFor } from './tagging.ts';

/** Makes a group as AWS makes it: all may leave, none may enter. */
export function addGroup(
  call: Call,
  made: { readonly name: string; readonly description: string; readonly vpc: string; readonly tags: Tags },
): SecurityGroup {
  const state = ec2State(call);
  const vpc = findVpc(state, made.vpc);
  const rules: GroupRule[] = [allOut(call, 'ipv4', '0.0.0.0/0')];
  if (vpc.ipv6Cidr !== undefined && state.options.ipv6DefaultEgress) rules.push(allOut(call, 'ipv6', '::/0'));
  const group: SecurityGroup = { id: call.id('sg-'), ...made, rules };
  state.groups.set(group.id, group);
  return group;
}

function allOut(call: Call, kind: 'ipv4' | 'ipv6', value: string): GroupRule {
  return { id: call.id('sgr-'), direction: 'egress', protocol: '-1', peer: { kind, value } };
}

/** Letters, digits, spaces and these: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html */
const allowedText = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]*$/;

function checkText(what: string, text: string): void {
  if (text.length > 255) throw invalidValue(`Value for parameter ${what} is invalid. It is longer than 255 characters.`);
  if (!allowedText.test(text))
    throw invalidValue(`Value (${text}) for parameter ${what} is invalid. Character sets beyond ASCII are not supported.`);
}

function checkName(state: Ec2State, name: string, vpc: string): void {
  checkText('GroupName', name);
  if (name.toLowerCase().startsWith('sg-'))
    throw invalidValue(`Value (${name}) for parameter GroupName is invalid. It starts with sg-.`);
  if (name.toLowerCase() === 'default')
    throw awsError('InvalidParameterValue', 'Cannot use reserved security group name: default');
  // Two names that differ in case only are the same: https://docs.aws.amazon.com/vpc/latest/userguide/security-groups.html
  const taken = [...state.groups.values()].some((group) => group.vpc === vpc && group.name.toLowerCase() === name.toLowerCase());
  if (taken) throw awsError('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpc}'`);
}

/** A group by its id; by its name, in the default VPC only. */
export function namedGroup(
  state: Ec2State,
  input: { readonly GroupId?: string | undefined; readonly GroupName?: string | undefined },
): SecurityGroup {
  if (input.GroupId !== undefined) return findGroup(state, input.GroupId);
  if (input.GroupName === undefined) throw missingParameter('groupName or groupId');
  const found = [...state.groups.values()].find(
    (group) => group.name === input.GroupName && state.vpcs.get(group.vpc)?.isDefault === true,
  );
  if (found === undefined)
    throw awsError('InvalidGroup.NotFound', `The security group '${input.GroupName}' does not exist in default VPC`);
  return found;
}

function printedGroup(call: Call, group: SecurityGroup): PrintedGroup {
  return {
    GroupId: group.id,
    GroupName: group.name,
    Description: group.description,
    OwnerId: call.account,
    VpcId: group.vpc,
    SecurityGroupArn: ec2Arn(call, 'security-group', group.id),
    IpPermissions: printedPermissions(call.account, group.rules, 'ingress'),
    IpPermissionsEgress: printedPermissions(call.account, group.rules, 'egress'),
    Tags: printedTags(group.tags),
  };
}

export const securityGroupOperations: Operations = {
  CreateSecurityGroup: ec2Operation<CreateSecurityGroupRequest, CreateSecurityGroupResult>('CreateSecurityGroup', {
    mutates: true,
    demands: (call, input) => [
      demandOnNew(call, 'CreateSecurityGroup', 'security-group', requestTagsFor('security-group', input.TagSpecifications)),
      ...(input.VpcId === undefined ? [] : [demandOn(call, 'CreateSecurityGroup', 'vpc', input.VpcId)]),
      ...tagDemands(call, 'CreateSecurityGroup', input.TagSpecifications),
    ],
    run(call, input) {
      const state = ec2State(call);
      const name = required(input.GroupName, 'GroupName');
      const description = required(input.Description, 'GroupDescription');
      const vpc = input.VpcId === undefined ? defaultVpc(state) : findVpc(state, input.VpcId);
      checkText('GroupDescription', description);
      checkName(state, name, vpc.id);
      if (state.groups.size >= state.options.groupsPerRegion)
        throw awsError('SecurityGroupLimitExceeded', 'The maximum number of security groups has been reached.');
      const group = addGroup(call, { name, description, vpc: vpc.id, tags: tagsFor('security-group', input.TagSpecifications) });
      return {
        GroupId: group.id,
        SecurityGroupArn: ec2Arn(call, 'security-group', group.id),
        Tags: printedTags(group.tags),
      };
    },
  }),

  DeleteSecurityGroup: ec2Operation<DeleteSecurityGroupRequest, DeleteSecurityGroupResult>('DeleteSecurityGroup', {
    mutates: true,
    demands: (call, input) => [demandOn(call, 'DeleteSecurityGroup', 'security-group', input.GroupId ?? '*')],
    run(call, input) {
      const state = ec2State(call);
      const group = namedGroup(state, input);
      if (group.name === 'default')
        throw awsError('CannotDelete', `the specified group: "${group.id}" name: "default" cannot be deleted by a user`);
      const used = currentInterfaces(state, call.now).some((found) => found.groups.includes(group.id));
      const referenced = [...state.groups.values()].some(
        (other) =>
          other.id !== group.id && other.rules.some((rule) => rule.peer.kind === 'group' && rule.peer.value === group.id),
      );
      if (used || referenced) throw awsError('DependencyViolation', `resource ${group.id} has a dependent object`);
      state.groups.delete(group.id);
      return { Return: true, GroupId: group.id };
    },
  }),

  DescribeSecurityGroups: ec2Read<DescribeSecurityGroupsRequest, DescribeSecurityGroupsResult>(
    'DescribeSecurityGroups',
    (call, input) => {
      const state = ec2State(call);
      const matching = filtered(askedGroups(state, input), input.Filters, {
        'group-id': (group) => [group.id],
        'group-name': (group) => [group.name],
        'vpc-id': (group) => [group.vpc],
        'owner-id': () => [call.account],
        description: (group) => [group.description],
        'ip-permission.group-id': (group) => referencedBy(group, 'ingress'),
        'egress.ip-permission.group-id': (group) => referencedBy(group, 'egress'),
      });
      const { items, next } = page(matching, input, state.options.pageSize);
      return { SecurityGroups: items.map((group) => printedGroup(call, group)), NextToken: next };
    },
  ),
};

function askedGroups(state: Ec2State, input: DescribeSecurityGroupsRequest): readonly SecurityGroup[] {
  const byId = (input.GroupIds ?? []).map((id) => findGroup(state, id));
  const byName = (input.GroupNames ?? []).map((GroupName) => namedGroup(state, { GroupName }));
  return input.GroupIds === undefined && input.GroupNames === undefined
    ? [...state.groups.values()]
    : [...new Set([...byId, ...byName])];
}

function referencedBy(group: SecurityGroup, direction: 'ingress' | 'egress'): readonly string[] {
  return group.rules.filter((rule) => rule.direction === direction && rule.peer.kind === 'group').map((rule) => rule.peer.value);
}
