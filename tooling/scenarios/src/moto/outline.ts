import type { Dump } from './dump.ts';

/**
 * What of a dump decides whether an entity is contained, without what each server makes up: ids, times, and members that one answers
 * and the other leaves out.
 */
export function outline({ iam, functions, instances }: Dump): object {
  const groups = new Map(list(instances, 'groups').map((group) => [group.GroupId, named(group.GroupName)]));
  const order = (group: Json): unknown => groups.get(group.GroupId);
  return {
    users: list(iam, 'users')
      .map((user) => ({
        name: user.UserName,
        inline: policies(user),
        attached: attached(user),
        tags: tags(user),
        boundary: user.PermissionsBoundary?.PermissionsBoundaryArn,
        statuses: ['keys', 'ssh', 'certificates', 'serviceSpecific'].map((kind) =>
          list(user, kind)
            .map(({ Status }) => Status)
            .sort(),
        ),
      }))
      .sort(byText),
    roles: list(iam, 'roles')
      .map((role) => ({
        name: role.RoleName,
        inline: policies(role),
        attached: attached(role),
        tags: tags(role),
        boundary: role.PermissionsBoundary?.PermissionsBoundaryArn,
      }))
      .sort(byText),
    functions: list(functions, 'functions')
      .map(({ configuration, reserved, provisioned }) => ({
        name: configuration.FunctionName,
        reserved,
        provisioned: (provisioned ?? []).map((each: Json) => each.RequestedProvisionedConcurrentExecutions),
      }))
      .sort(byText),
    mappings: list(functions, 'mappings')
      .map(({ EventSourceArn, State }) => [EventSourceArn, State])
      .sort(byText),
    instances: list(instances, 'instances')
      .map(({ instance, attributes }) => ({
        interfaces: (instance.NetworkInterfaces ?? [])
          .toSorted((a: Json, b: Json) => a.Attachment.DeviceIndex - b.Attachment.DeviceIndex)
          .map((each: Json) => each.Groups.map(order)),
        attributes: Object.fromEntries(
          attributes.flatMap((each: Json) =>
            Object.entries(each).flatMap(([name, held]) => (name === 'InstanceId' ? [] : [[name, (held as Json).Value]])),
          ),
        ),
      }))
      .sort(byText),
    // Groups that a VPC has of itself are the servers' own.
    groups: list(instances, 'groups')
      .filter(({ GroupName }) => GroupName !== 'default')
      .map((group) => ({ name: named(group.GroupName), in: rules(group.IpPermissions), out: rules(group.IpPermissionsEgress) }))
      .sort(byText),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the answers of many operations, of which a few members are taken
type Json = any;

function list(of: object, member: string): Json[] {
  return ((of as Json)[member] as Json[] | undefined) ?? [];
}

function policies(of: Json): unknown {
  return list(of, 'inline')
    .map(({ PolicyName, PolicyDocument }) => [named(PolicyName), JSON.parse(decodeURIComponent(PolicyDocument))])
    .sort(byText);
}

function attached(of: Json): unknown {
  return list(of, 'AttachedPolicies')
    .map(({ PolicyArn }) => PolicyArn)
    .sort();
}

function tags(of: Json): unknown {
  return list(of, 'Tags')
    .map(({ Key, Value }) => [named(Key), named(Value)])
    .sort(byText);
}

function rules(permissions: Json[] | undefined): unknown {
  return (permissions ?? [])
    .map((rule) => [
      rule.IpProtocol,
      rule.FromPort ?? -1,
      rule.ToPort ?? -1,
      (rule.IpRanges ?? []).map(({ CidrIp }: Json) => CidrIp),
      (rule.Ipv6Ranges ?? []).map(({ CidrIpv6 }: Json) => CidrIpv6),
    ])
    .sort(byText);
}

/** Our names carry the ledger's random mark. */
function named(name: string): string {
  return name
    .replace(/(EntityLockdown-|entity-lockdown:|entity-lockdown-(?:isolation|untrack)-)[a-z0-9]{12}/, '$1MARK')
    .replace(/^[a-z0-9]{12}$/, 'MARK');
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
