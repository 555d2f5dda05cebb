import type { IpPermission, SecurityGroup } from '@aws-sdk/client-ec2';
import type { GroupKind } from './symbol.ts';

/** The tags of our groups. A name alone proves nothing: anybody may have made a group of that name before us. */
export const ledgerTag = 'entity-lockdown:ledger';
export const kindTag = 'entity-lockdown:group';

/** The name of a group of ours. `further` counts up where strangers have the names before it. Names can't be changed. */
export function groupName(kind: GroupKind, mark: string, further = 1): string {
  return `entity-lockdown-${kind}-${mark}${further === 1 ? '' : `-${further}`}`;
}

/** Whose ledger's group a name says that it is. Undefined for all other names. */
export function markInName(name: string): string | undefined {
  return /^entity-lockdown-(?:untrack|isolation)-([a-z0-9]{12})(?:-\d+)?$/.exec(name)?.[1];
}

/**
 * Whether a group is ours: tagged by us, in our account, and named as we name them. Tags can be put on any group later, and names
 * can't: without the name, whoever may tag could have us take the rules from a group of his choice.
 */
export function isOwn(group: SecurityGroup, kind: GroupKind, mark: string, account: string): boolean {
  const tag = (key: string) => group.Tags?.find(({ Key }) => Key === key)?.Value;
  const name = group.GroupName ?? '';
  return (
    group.OwnerId === account &&
    tag(ledgerTag) === mark &&
    tag(kindTag) === kind &&
    markInName(name) === mark &&
    name.startsWith(groupName(kind, mark))
  );
}

/** What a group's rules are to be: nothing at all, or everything in both address families. */
export const rulesOf: { readonly [kind in GroupKind]: readonly IpPermission[] } = {
  isolation: [],
  // A flow is untracked only where both directions are open to all, in its own family.
  // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html#untracked-connections
  untrack: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [{ CidrIpv6: '::/0' }] }],
};

/** Whether a group's rules are what they are to be, in both directions. */
export function isReady(group: SecurityGroup, kind: GroupKind): boolean {
  const wanted = rulesOf[kind].flatMap(singleRules);
  return [group.IpPermissions, group.IpPermissionsEgress].every((found) => {
    const rules = (found ?? []).flatMap(singleRules);
    return missing(wanted, rules).length === 0 && missing(rules, wanted).length === 0;
  });
}

/** Rules of the first list that the second lacks. */
export function missing(wanted: readonly IpPermission[], found: readonly IpPermission[]): readonly IpPermission[] {
  const there = new Set(found.map((rule) => JSON.stringify(rule)));
  return wanted.filter((rule) => !there.has(JSON.stringify(rule)));
}

/** A permission of EC2 is many rules at once: one for each source. Descriptions are left out: they are no part of a rule. */
export function singleRules(permission: IpPermission): readonly IpPermission[] {
  const { IpProtocol, FromPort, ToPort } = permission;
  // "-1" is all protocols, and has all ports whatever is written there.
  const base = IpProtocol === '-1' ? { IpProtocol } : { IpProtocol, FromPort, ToPort };
  return [
    ...(permission.IpRanges ?? []).map(({ CidrIp }) => ({ ...base, IpRanges: [{ CidrIp }] })),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => ({ ...base, Ipv6Ranges: [{ CidrIpv6 }] })),
    ...(permission.PrefixListIds ?? []).map(({ PrefixListId }) => ({ ...base, PrefixListIds: [{ PrefixListId }] })),
    ...(permission.UserIdGroupPairs ?? []).map(({ GroupId, UserId }) => ({ ...base, UserIdGroupPairs: [{ GroupId, UserId }] })),
  ];
}
