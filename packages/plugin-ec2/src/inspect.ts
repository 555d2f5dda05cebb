import {
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  EC2Client,
  type Instance as Ec2Instance,
  type NetworkInterface as Ec2Interface,
  type Filter,
  type GroupIdentifier,
  type InstanceAttributeName,
  type InstanceNetworkInterface,
  type OperatorResponse,
  paginateDescribeNetworkInterfaces,
  paginateDescribeSecurityGroups,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import {
  GetInstanceProfileCommand,
  IAMClient,
  type InstanceProfile as IamInstanceProfile,
  ListInstanceProfilesForRoleCommand,
} from '@aws-sdk/client-iam';
import { knownPrincipals, principalOn, readPrincipal, unlessGone } from '@entity-lockdown/iam-deny';
import {
  arnOf,
  awsErrorCode,
  type Context,
  type Entity,
  iamName,
  isAccessDenied,
  type Known,
  type Observed,
} from '@entity-lockdown/plugin-api';
import { isOwn, isReady, kindTag, ledgerTag, markInName } from './own-group.ts';
import type { Instance, InstanceProfile, InstanceState, NetworkInterface, OwnGroup, Protection } from './state.ts';
import { groupKinds, groupSymbol, idIn, interfaceArn } from './symbol.ts';

/**
 * Looks at an instance and at all around it, in two round trips (but for further pages): what the ARN and the ledger name first, then
 * the instance profile, which tells the roles. The roles themselves are read only once the ledger lists them: a deny of ours needs no
 * look, and must not wait for one. From then on one round trip shows it all, as long as the profile has a role that the ledger knows:
 * at the end of a dwell the interfaces must not wait for two.
 */
export async function inspect(ctx: Context, entity: Entity, known: Known): Promise<Observed<InstanceState>> {
  const ec2 = ctx.client(EC2Client);
  const id = entity.name;
  const knownInterfaces = known.targets
    .filter(({ setting }) => setting === 'ec2.network-interface.groups')
    .map(({ on }) => idIn(on));

  const knownRoles = knownPrincipals(known.targets);

  const [described, attached, remembered, tagged, termination, stop, shutdown, roles, listed] = await Promise.all([
    instanceOf(ec2, id),
    interfacesWhere(ec2, { Name: 'attachment.instance-id', Values: [id] }),
    knownInterfaces.length === 0 ? [] : interfacesWhere(ec2, { Name: 'network-interface-id', Values: knownInterfaces }),
    groupsWhere(ec2, { Name: `tag:${ledgerTag}`, Values: [ctx.mark] }, { Name: 'tag-key', Values: [kindTag] }),
    attribute(ec2, id, 'disableApiTermination'),
    attribute(ec2, id, 'disableApiStop'),
    attribute(ec2, id, 'instanceInitiatedShutdownBehavior'),
    Promise.all(knownRoles.map(async (on) => [on, await readPrincipal(ctx, on, known.targets)] as const)),
    Promise.all(knownRoles.map((on) => profilesWith(ctx, on))),
  ]);
  const there = described !== undefined && described.State?.Name !== 'terminated' ? described : undefined;
  const seen = [...(there?.NetworkInterfaces ?? []), ...attached, ...remembered];
  const profileArn = there?.IamInstanceProfile?.Arn;
  const [profile, unlisted] = await Promise.all([
    profileArn === undefined ? null : (listedProfile(profileArn, listed) ?? profileOf(ctx, profileArn)),
    unlistedGroups(ec2, seen, tagged, ctx.mark),
  ]);

  const shown = new Set([...tagged, ...unlisted].map(({ GroupId }) => GroupId));
  const isUnseen = ({ GroupId, GroupName }: GroupIdentifier) => markInName(GroupName ?? '') === ctx.mark && !shown.has(GroupId);
  const interfaces = Object.fromEntries(
    // What DescribeNetworkInterfaces tells comes last: it knows more.
    [
      ...(there?.NetworkInterfaces ?? []).map((found) => asInterface(found, entity, true, isUnseen)),
      ...remembered.map((found) => asInterface(found, entity, found.Attachment?.InstanceId === id, isUnseen)),
      ...attached.map((found) => asInterface(found, entity, true, isUnseen)),
    ].map((found) => [interfaceArn(entity.arn, found.owner, found.id), found]),
  );
  const state: InstanceState = {
    arn: entity.arn,
    instance: there === undefined ? null : asInstance(there),
    interfaces,
    groups: ownGroups([...tagged, ...unlisted], entity, ctx.mark),
    protection: asProtection(termination, stop, shutdown),
    profile,
    roles: Object.fromEntries(roles),
    ...(listed.includes('denied') && { profilesUnlisted: true }),
  };
  const markedBy = otherMark(seen, ctx.mark);
  return {
    exists: there !== undefined,
    id,
    state,
    ...(markedBy !== undefined && { markedBy }),
    ...(there === undefined && { missing: whyMissing(described, entity) }),
  };
}

async function instanceOf(ec2: EC2Client, id: string): Promise<Ec2Instance | undefined> {
  try {
    // Instances that AWS services manage may be hidden, and are to be seen all the same.
    const answer = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id], IncludeManagedResources: true }));
    return answer.Reservations?.flatMap(({ Instances }) => Instances ?? []).find(({ InstanceId }) => InstanceId === id);
  } catch (error) {
    if (awsErrorCode(error) === 'InvalidInstanceID.NotFound') return undefined;
    throw error;
  }
}

async function interfacesWhere(client: EC2Client, ...Filters: Filter[]): Promise<readonly Ec2Interface[]> {
  const found: Ec2Interface[] = [];
  // By filter, not by id: one id that is gone would fail the whole call.
  for await (const page of paginateDescribeNetworkInterfaces({ client }, { Filters, IncludeManagedResources: true }))
    found.push(...(page.NetworkInterfaces ?? []));
  return found;
}

async function groupsWhere(client: EC2Client, ...Filters: Filter[]): Promise<readonly SecurityGroup[]> {
  const found: SecurityGroup[] = [];
  for await (const page of paginateDescribeSecurityGroups({ client }, { Filters })) found.push(...(page.SecurityGroups ?? []));
  return found;
}

/**
 * Groups with our name that interfaces have and the look by tags did not find: made a moment ago, where EC2 lags, or a stranger's.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/query-api-troubleshooting.html#eventual-consistency
 */
async function unlistedGroups(
  ec2: EC2Client,
  seen: readonly (Ec2Interface | InstanceNetworkInterface)[],
  tagged: readonly SecurityGroup[],
  mark: string,
): Promise<readonly SecurityGroup[]> {
  const listed = new Set(tagged.map(({ GroupId }) => GroupId));
  const named = seen.flatMap(({ Groups }) => Groups ?? []).filter(({ GroupName }) => markInName(GroupName ?? '') === mark);
  const ids = [...new Set(named.flatMap(({ GroupId }) => (GroupId === undefined || listed.has(GroupId) ? [] : [GroupId])))];
  return ids.length === 0 ? [] : groupsWhere(ec2, { Name: 'group-id', Values: ids });
}

/** Undefined where it may not be read, or where there is no instance: protection cuts nothing off, so that nothing fails for it. */
async function attribute(ec2: EC2Client, InstanceId: string, Attribute: InstanceAttributeName) {
  try {
    return await ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }));
  } catch (error) {
    if (isAccessDenied(error) || awsErrorCode(error) === 'InvalidInstanceID.NotFound') return undefined;
    throw error;
  }
}

type Attribute = Awaited<ReturnType<typeof attribute>>;

function asProtection(termination: Attribute, stop: Attribute, shutdown: Attribute): Protection {
  const behavior = shutdown?.InstanceInitiatedShutdownBehavior?.Value;
  return {
    termination: termination?.DisableApiTermination?.Value ?? null,
    stop: stop?.DisableApiStop?.Value ?? null,
    shutdownBehavior: behavior === 'stop' || behavior === 'terminate' ? behavior : null,
  };
}

async function profileOf(ctx: Context, arn: string): Promise<InstanceProfile> {
  // Names of profiles are unique in an account, whatever their path.
  const InstanceProfileName = iamName(arnOf(arn).resource);
  const answer = await unlessGone(ctx.client(IAMClient).send(new GetInstanceProfileCommand({ InstanceProfileName })));
  return asProfile(arn, answer?.InstanceProfile);
}

function asProfile(arn: string, found: IamInstanceProfile | undefined): InstanceProfile {
  const roles = found?.Roles ?? [];
  return {
    arn,
    exists: found !== undefined,
    roles: roles.flatMap(({ Arn, RoleId }) => (Arn === undefined ? [] : [{ arn: Arn, id: RoleId ?? '' }])),
  };
}

/** The first page will do: a profile that is not on it is asked for by its name. */
async function profilesWith(ctx: Context, role: string): Promise<readonly IamInstanceProfile[] | 'denied'> {
  const RoleName = iamName(arnOf(role).resource);
  try {
    const answer = await unlessGone(ctx.client(IAMClient).send(new ListInstanceProfilesForRoleCommand({ RoleName })));
    return answer?.InstanceProfiles ?? [];
  } catch (error) {
    if (isAccessDenied(error)) return 'denied';
    throw error;
  }
}

function listedProfile(arn: string, listed: readonly (readonly IamInstanceProfile[] | 'denied')[]): InstanceProfile | undefined {
  const found = listed.flatMap((profiles) => (profiles === 'denied' ? [] : profiles)).find(({ Arn }) => Arn === arn);
  return found === undefined ? undefined : asProfile(arn, found);
}

function asInstance(found: Ec2Instance): Instance {
  return {
    id: found.InstanceId ?? '',
    state: found.State?.Name ?? '',
    spot: found.InstanceLifecycle === 'spot',
    instanceStore: found.RootDeviceType === 'instance-store',
    operator: managerOf(found.Operator),
    autoScalingGroup: found.Tags?.find(({ Key }) => Key === 'aws:autoscaling:groupName')?.Value ?? null,
    secondaryInterfaces: found.SecondaryInterfaces?.length ?? 0,
  };
}

function asInterface(
  found: Ec2Interface | InstanceNetworkInterface,
  entity: Entity,
  attached: boolean,
  isUnseen: (group: GroupIdentifier) => boolean,
): NetworkInterface {
  const unseen = (found.Groups ?? []).filter(isUnseen).map(({ GroupId = '' }) => GroupId);
  const requester =
    'RequesterManaged' in found && found.RequesterManaged === true ? (found.RequesterId ?? 'an AWS service') : null;
  return {
    id: found.NetworkInterfaceId ?? '',
    vpc: found.VpcId ?? '',
    owner: found.OwnerId ?? entity.account,
    groups: (found.Groups ?? []).flatMap(({ GroupId }) => (GroupId === undefined ? [] : [GroupId])),
    ...(unseen.length > 0 && { unseen }),
    attached,
    manager: managerOf(found.Operator) ?? requester,
    type: found.InterfaceType ?? 'interface',
  };
}

function managerOf(operator: OperatorResponse | undefined): string | null {
  return operator?.Managed === true ? (operator.Principal ?? 'an AWS service') : null;
}

/** Our groups by symbol. Where two processes made two at once, the one that was named first is the one that counts. */
function ownGroups(found: readonly SecurityGroup[], entity: Entity, mark: string): InstanceState['groups'] {
  const groups: { [symbol: string]: OwnGroup } = {};
  const inOrder = found.toSorted(
    (a, b) => (a.GroupName ?? '').length - (b.GroupName ?? '').length || (a.GroupName ?? '').localeCompare(b.GroupName ?? ''),
  );
  for (const group of inOrder)
    for (const kind of groupKinds) {
      const { GroupId, VpcId } = group;
      if (GroupId === undefined || VpcId === undefined || !isOwn(group, kind, mark, entity.account)) continue;
      const symbol = groupSymbol(entity.arn, VpcId, kind);
      const first = groups[symbol];
      groups[symbol] =
        first === undefined
          ? { id: GroupId, ready: isReady(group, kind), spare: [] }
          : { ...first, spare: [...first.spare, GroupId] };
    }
  return groups;
}

/** Another ledger, by the name of a group that an interface has. */
function otherMark(seen: readonly (Ec2Interface | InstanceNetworkInterface)[], mark: string): string | undefined {
  const marks = seen.flatMap(({ Groups }) => Groups ?? []).map(({ GroupName }) => markInName(GroupName ?? ''));
  return marks.find((found) => found !== undefined && found !== mark);
}

function whyMissing(described: Ec2Instance | undefined, entity: Entity): string {
  const keys =
    'Credentials that it gave out of its role stay valid for hours: if they may be stolen, contain the role (lockdown contain ROLE-ARN).';
  return described === undefined
    ? `There is no instance ${entity.name} in ${entity.region} of account ${entity.account}: it was terminated a while ago, or is in another Region. ${keys}`
    : `The instance ${entity.name} is terminated: there is nothing to isolate any more. ${keys}`;
}

/** The stable id of a role, by the ARN that names it in changes. */
export function identify(now: InstanceState, resource: string): string | undefined {
  const inProfile = now.profile?.roles.find(({ arn }) => principalOn(arn) === resource);
  return (now.roles[resource]?.id ?? inProfile?.id) || undefined;
}
