import type {
  AuthorizeSecurityGroupEgressRequest,
  AuthorizeSecurityGroupIngressRequest,
  AuthorizeSecurityGroupIngressResult,
  DescribeSecurityGroupRulesRequest,
  DescribeSecurityGroupRulesResult,
  IpPermission,
  RevokeSecurityGroupEgressRequest,
  RevokeSecurityGroupIngressRequest,
} from '@aws-sdk/client-ec2';
import type { Operation, Operations } from '../operation.ts';
import { awsError } from '../operation.ts';
import { followConnections } from './connections.ts';
import { missingParameter } from './errors.ts';
import { filtered } from './filters.ts';
import { findGroup } from './lookup.ts';
import { ec2Operation, ec2Read } from './operation.ts';
import { page } from './pages.ts';
import { demandOn } from './resource-context.ts';
import type { WantedRule } from './rules.ts';
import { printedRule, rulesOf, ruleText, sameRule } from './rules.ts';
import { namedGroup } from './security-groups.ts';
import type { GroupRule, SecurityGroup } from './state.ts';
import { ec2State } from './state.ts';

type AuthorizeRequest = AuthorizeSecurityGroupIngressRequest | AuthorizeSecurityGroupEgressRequest;
type RevokeRequest = RevokeSecurityGroupIngressRequest | RevokeSecurityGroupEgressRequest;
type Direction = GroupRule['direction'];

/** The permissions of a request, also where it spells a single one out in its own members. */
function permissionsOf(input: AuthorizeRequest | RevokeRequest): readonly IpPermission[] {
  if (input.IpPermissions !== undefined) return input.IpPermissions;
  if (input.IpProtocol === undefined) throw missingParameter('ipPermissions');
  return [
    {
      IpProtocol: input.IpProtocol,
      FromPort: input.FromPort,
      ToPort: input.ToPort,
      IpRanges: input.CidrIp === undefined ? [] : [{ CidrIp: input.CidrIp }],
    },
  ];
}

function nameOf(input: AuthorizeRequest | RevokeRequest): { GroupId?: string | undefined; GroupName?: string | undefined } {
  return { GroupId: input.GroupId, GroupName: 'GroupName' in input ? input.GroupName : undefined };
}

function checkQuota(group: SecurityGroup, added: readonly WantedRule[], direction: Direction, quota: number): void {
  for (const family of ['ipv4', 'ipv6'] as const) {
    const counts = (rule: WantedRule): boolean => rule.direction === direction && (rule.peer.kind === family || isBoth(rule));
    if (group.rules.filter(counts).length + added.filter(counts).length > quota)
      throw awsError('RulesPerSecurityGroupLimitExceeded', 'The maximum number of rules per security group has been reached.');
  }
}

/** A rule that names a group or a prefix list counts for both families. */
function isBoth(rule: WantedRule): boolean {
  return rule.peer.kind === 'group' || rule.peer.kind === 'prefix-list';
}

function authorize(name: string, direction: Direction): Operation<AuthorizeRequest, AuthorizeSecurityGroupIngressResult> {
  return ec2Operation(name, {
    mutates: true,
    demands: (call, input) => [demandOn(call, name, 'security-group', input.GroupId ?? '*')],
    run(call, input) {
      const state = ec2State(call);
      const group = namedGroup(state, nameOf(input));
      const wanted = rulesOf(direction, permissionsOf(input));
      wanted.forEach((rule, at) => {
        if (rule.peer.kind === 'group') findGroup(state, rule.peer.value);
        const twice = wanted.findIndex((other) => sameRule(rule, other)) !== at;
        if (twice) throw awsError('InvalidParameterValue', `The same permission must not appear multiple times`);
        if (group.rules.some((existing) => sameRule(existing, rule)))
          throw awsError('InvalidPermission.Duplicate', `the specified rule "${ruleText(rule)}" already exists`);
      });
      checkQuota(group, wanted, direction, state.options.rulesPerGroup);
      const added = wanted.map((rule): GroupRule => ({ id: call.id('sgr-'), ...rule }));
      group.rules.push(...added);
      followConnections(call, call.now);
      return { Return: true, SecurityGroupRules: added.map((rule) => printedRule(call, group, rule)) };
    },
  });
}

function revoke(name: string, direction: Direction): Operation<RevokeRequest, object> {
  return ec2Operation(name, {
    mutates: true,
    demands: (call, input) => [demandOn(call, name, 'security-group', input.GroupId ?? '*')],
    run(call, input) {
      const group = namedGroup(ec2State(call), nameOf(input));
      const revoked =
        input.SecurityGroupRuleIds === undefined
          ? byPermission(group, direction, input)
          : byId(group, direction, input.SecurityGroupRuleIds);
      group.rules = group.rules.filter((rule) => !revoked.includes(rule));
      followConnections(call, call.now);
      return { Return: true };
    },
  });
}

function byPermission(group: SecurityGroup, direction: Direction, input: RevokeRequest): readonly GroupRule[] {
  return rulesOf(direction, permissionsOf(input)).map((wanted) => {
    const found = group.rules.find((rule) => sameRule(rule, wanted));
    if (found === undefined)
      throw awsError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
    return found;
  });
}

function byId(group: SecurityGroup, direction: Direction, ids: readonly string[]): readonly GroupRule[] {
  return ids.map((id) => {
    const found = group.rules.find((rule) => rule.id === id && rule.direction === direction);
    if (found === undefined)
      throw awsError('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`);
    return found;
  });
}

export const ruleOperations: Operations = {
  AuthorizeSecurityGroupIngress: authorize('AuthorizeSecurityGroupIngress', 'ingress'),
  AuthorizeSecurityGroupEgress: authorize('AuthorizeSecurityGroupEgress', 'egress'),
  RevokeSecurityGroupIngress: revoke('RevokeSecurityGroupIngress', 'ingress'),
  RevokeSecurityGroupEgress: revoke('RevokeSecurityGroupEgress', 'egress'),

  DescribeSecurityGroupRules: ec2Read<DescribeSecurityGroupRulesRequest, DescribeSecurityGroupRulesResult>(
    'DescribeSecurityGroupRules',
    (call, input) => {
      const state = ec2State(call);
      const rows = [...state.groups.values()].flatMap((group) =>
        group.rules.map((rule) => ({ id: rule.id, group, rule, tags: new Map<string, string>() })),
      );
      const asked = input.SecurityGroupRuleIds;
      const matching = filtered(
        rows.filter((row) => asked === undefined || asked.includes(row.id)),
        input.Filters,
        { 'group-id': (row) => [row.group.id], 'security-group-rule-id': (row) => [row.id] },
      );
      const { items, next } = page(matching, input, state.options.pageSize);
      return { SecurityGroupRules: items.map((row) => printedRule(call, row.group, row.rule)), NextToken: next };
    },
  ),
};
