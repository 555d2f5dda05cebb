import type { IpPermission, SecurityGroupRule as PrintedRule } from '@aws-sdk/client-ec2';
import type { Call } from '../operation.ts';
import { awsError } from '../operation.ts';
import { invalidValue, required } from './errors.ts';
import type { GroupRule, Peer, SecurityGroup } from './state.ts';
import { ec2Arn } from './state.ts';

/** A rule as a request names it: without an id. */
export type WantedRule = Omit<GroupRule, 'id'>;

/** Names that the API prints for protocol numbers: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html */
const protocolNames: { readonly [number: string]: string } = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6', all: '-1' };

/** Takes permissions apart: one rule for each peer. */
export function rulesOf(direction: GroupRule['direction'], permissions: readonly IpPermission[]): WantedRule[] {
  return permissions.flatMap((permission) => {
    const given = required(permission.IpProtocol, 'ipProtocol').toLowerCase();
    const protocol = protocolNames[given] ?? given;
    const ports = portsOf(protocol, permission);
    const peers = peersOf(permission);
    if (peers.length === 0) throw awsError('MissingParameter', 'The request must contain a source or destination');
    return peers.map(({ peer, description }) => ({
      direction,
      protocol,
      ...ports,
      peer,
      ...(description === undefined ? {} : { description }),
    }));
  });
}

function portsOf(protocol: string, permission: IpPermission): { from?: number; to?: number } {
  // All protocols means all ports, whatever ports were named (same page).
  if (!['tcp', 'udp', 'icmp', 'icmpv6'].includes(protocol)) return {};
  const { FromPort: from, ToPort: to } = permission;
  if (from === undefined || to === undefined) {
    if (protocol.startsWith('icmp')) return { from: -1, to: -1 };
    throw invalidValue(`Invalid value for portRange. Must specify both from and to ports with ${protocol}.`);
  }
  if (!protocol.startsWith('icmp') && (from < 0 || to > 65_535 || from > to))
    throw invalidValue(`Invalid TCP/UDP port range (${from}:${to})`);
  return { from, to };
}

function peersOf(permission: IpPermission): readonly { readonly peer: Peer; readonly description: string | undefined }[] {
  const peer = (kind: Peer['kind'], value: string | undefined, description: string | undefined) => ({
    peer: { kind, value: required(value, kind) },
    description,
  });
  return [
    ...(permission.IpRanges ?? []).map((range) => peer('ipv4', range.CidrIp, range.Description)),
    ...(permission.Ipv6Ranges ?? []).map((range) => peer('ipv6', range.CidrIpv6?.toLowerCase(), range.Description)),
    ...(permission.PrefixListIds ?? []).map((list) => peer('prefix-list', list.PrefixListId, list.Description)),
    ...(permission.UserIdGroupPairs ?? []).map((pair) => peer('group', pair.GroupId, pair.Description)),
  ];
}

/** Whether two rules are the same: their descriptions do not count. */
export function sameRule(one: WantedRule, other: WantedRule): boolean {
  return (
    one.direction === other.direction &&
    one.protocol === other.protocol &&
    one.from === other.from &&
    one.to === other.to &&
    one.peer.kind === other.peer.kind &&
    one.peer.value === other.peer.value
  );
}

export function ruleText(rule: WantedRule): string {
  const ports = rule.from === undefined ? 'ALL' : `${rule.from}-${rule.to}`;
  return `peer: ${rule.peer.value}, ${rule.protocol}, ports: ${ports}, ALLOW`;
}

/** The rules of one direction as the API prints them: one permission for each protocol and range of ports. */
export function printedPermissions(
  account: string,
  rules: readonly GroupRule[],
  direction: GroupRule['direction'],
): IpPermission[] {
  const permissions = new Map<
    string,
    Required<Pick<IpPermission, 'IpRanges' | 'Ipv6Ranges' | 'PrefixListIds' | 'UserIdGroupPairs'>> & IpPermission
  >();
  for (const rule of rules.filter((candidate) => candidate.direction === direction)) {
    const key = `${rule.protocol} ${rule.from} ${rule.to}`;
    const permission = permissions.get(key) ?? {
      IpProtocol: rule.protocol,
      ...(rule.from === undefined ? {} : { FromPort: rule.from, ToPort: rule.to }),
      IpRanges: [],
      Ipv6Ranges: [],
      PrefixListIds: [],
      UserIdGroupPairs: [],
    };
    permissions.set(key, permission);
    const described = rule.description === undefined ? {} : { Description: rule.description };
    if (rule.peer.kind === 'ipv4') permission.IpRanges?.push({ CidrIp: rule.peer.value, ...described });
    if (rule.peer.kind === 'ipv6') permission.Ipv6Ranges?.push({ CidrIpv6: rule.peer.value, ...described });
    if (rule.peer.kind === 'prefix-list') permission.PrefixListIds?.push({ PrefixListId: rule.peer.value, ...described });
    if (rule.peer.kind === 'group')
      permission.UserIdGroupPairs?.push({ GroupId: rule.peer.value, UserId: account, ...described });
  }
  return [...permissions.values()];
}

export function printedRule(call: Call, group: SecurityGroup, rule: GroupRule): PrintedRule {
  return {
    SecurityGroupRuleId: rule.id,
    SecurityGroupRuleArn: ec2Arn(call, 'security-group-rule', rule.id),
    GroupId: group.id,
    GroupOwnerId: call.account,
    IsEgress: rule.direction === 'egress',
    IpProtocol: rule.protocol,
    FromPort: rule.from ?? -1,
    ToPort: rule.to ?? -1,
    ...(rule.peer.kind === 'ipv4' ? { CidrIpv4: rule.peer.value } : {}),
    ...(rule.peer.kind === 'ipv6' ? { CidrIpv6: rule.peer.value } : {}),
    ...(rule.peer.kind === 'prefix-list' ? { PrefixListId: rule.peer.value } : {}),
    ...(rule.peer.kind === 'group' ? { ReferencedGroupInfo: { GroupId: rule.peer.value, UserId: call.account } } : {}),
    ...(rule.description === undefined ? {} : { Description: rule.description }),
  };
}
