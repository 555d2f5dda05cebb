import { principalOn, uneditable, unreadGaps } from '@entity-lockdown/iam-deny';
import { arnOf, type Entity, iamName, type Warning } from '@entity-lockdown/plugin-api';
import type { InstanceOptions } from './options.ts';
import { attachedTo, deniableRoles, isolatable, obstacle } from './reach.ts';
import type { Instance, InstanceState } from './state.ts';

/** What containing an instance does not stop. */
export function warnings(now: InstanceState, _entity: Entity, options: InstanceOptions): readonly Warning[] {
  const { instance } = now;
  if (instance === null) return [];
  return [
    ...aboutTheNetwork(now, instance, options),
    ...aboutTheRole(now, options),
    ...aboutFormerRoles(now),
    ...Object.values(now.roles).flatMap((role) => unreadGaps(role)),
    ...(now.profilesUnlisted === true
      ? [
          {
            text: 'Every look takes one call longer, and so does the isolation at the end of the dwell: iam:ListInstanceProfilesForRole is denied.',
          },
        ]
      : []),
    ...aboutTheInstance(now, instance),
  ];
}

function aboutTheNetwork(now: InstanceState, instance: Instance, { dwell }: InstanceOptions): readonly Warning[] {
  const warned: Warning[] = attachedTo(now).flatMap((found) => {
    const why = obstacle(now, found);
    return why === undefined
      ? []
      : [{ gap: true, text: `The interface ${found.id} keeps its security groups: ${why}, and nobody else may change it.` }];
  });
  if (instance.operator !== null)
    warned.push({
      gap: true,
      text: `The instance is managed by ${instance.operator}: only that service can change or end it. Contain what runs there through it, such as the node, the task or the function.`,
    });
  if (instance.secondaryInterfaces > 0)
    warned.push({ gap: true, text: 'The instance has interfaces in secondary networks, which security groups do not filter.' });
  for (const { id } of attachedTo(now).filter(({ type }) => type === 'trunk'))
    warned.push({
      gap: true,
      text: `The interface ${id} is a trunk: its branches, which pods or tasks use, have security groups of their own and are not isolated. "aws ec2 describe-trunk-interface-associations" shows them.`,
    });
  if (isolatable(now).length === 0) return warned;
  if (dwell > 0 && instance.state !== 'stopped')
    warned.push({
      text: `For ${dwell} seconds all ports of the instance are open to the network around it. It has to be: only a connection that a group lets through without tracking it ends when that group is taken away.`,
    });
  warned.push(
    {
      // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html#automatic-tracking
      text: 'Connections through NAT gateways, network and gateway load balancers, VPC endpoints, egress-only internet gateways, Global Accelerator or a network firewall are always tracked, and ICMP is: those that are open may go on, for up to five days idle. Cut them where they go through. That the others end with the groups is not promised by AWS: look at the flow logs.',
    },
    {
      // https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
      text: 'Security groups do not filter DNS by the VPC resolver (data can leave in names: use Route 53 Resolver DNS Firewall), the instance metadata service, DHCP, time and Windows licences.',
    },
    {
      text: 'The serial console, if the account allows it, needs no network. Tunnels of EC2 Instance Connect Endpoint and sessions of Systems Manager that are open may live on for up to an hour: end them there.',
    },
  );
  if (attachedTo(now).some(({ type }) => type.startsWith('efa')))
    warned.push({
      text: 'Traffic of the Elastic Fabric Adapter ends with the groups, and with it the jobs that wait for this node.',
    });
  return warned;
}

function aboutTheRole(now: InstanceState, { scope }: InstanceOptions): readonly Warning[] {
  const { profile } = now;
  const former = 'Credentials of a role that it had before stay valid for hours: if they may be stolen, contain that role.';
  if (profile === null) return [{ text: `The instance has no instance profile: there is no role to deny. ${former}` }];
  const name = iamName(arnOf(profile.arn).resource);
  if (!profile.exists)
    return [{ text: `Its instance profile ${name} does not exist any more: there is no role to deny. ${former}` }];
  if (profile.roles.length === 0)
    return [{ text: `Its instance profile ${name} has no role: there is nothing to deny. ${former}` }];
  const barred = profile.roles.flatMap(({ arn }) => {
    const refusal = uneditable(arn);
    return refusal === undefined
      ? []
      : [{ gap: true as const, text: `Its role can't be denied. ${refusal.refused} ${refusal.instead}` }];
  });
  const denied = deniableRoles(now).map(({ arn }) => iamName(principalOn(arn)));
  if (denied.length === 0) return barred;
  return [
    ...barred,
    {
      text:
        scope === 'role'
          ? `Everything that uses the role ${denied.join(', ')} is denied, other instances too. --scope instance denies it to this instance alone.`
          : `The role ${denied.join(', ')} is denied to this instance alone: credentials that were stolen from it are denied wherever they are used, other instances with the role go on. --scope role denies it to all.`,
    },
    {
      text: 'A change of permissions takes seconds, at times minutes, to be felt everywhere. Sessions of further roles that were taken on with the role of the instance go on: contain those roles too.',
    },
  ];
}

/** Roles that were denied for the instance's sake and are no longer in its profile. */
function aboutFormerRoles(now: InstanceState): readonly Warning[] {
  const own = new Set(now.profile?.roles.map(({ arn }) => principalOn(arn)));
  return Object.values(now.roles)
    .filter(({ on, exists }) => exists && !own.has(on))
    .map(({ name }) => ({
      text: `The instance no longer has the role ${name}, which was denied for its sake: it stays denied.`,
    }));
}

function aboutTheInstance(now: InstanceState, instance: Instance): readonly Warning[] {
  const warned: Warning[] = [];
  if (instance.autoScalingGroup !== null)
    warned.push({
      // https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-enter-exit-standby.html
      text: `The instance is in the Auto Scaling group ${instance.autoScalingGroup}, which will find it unhealthy and may terminate it, whatever its protection. Take it out first if it is to be kept: aws autoscaling enter-standby --instance-ids ${instance.id} --auto-scaling-group-name ${instance.autoScalingGroup} --no-should-decrement-desired-capacity`,
    });
  if (instance.state === 'shutting-down') warned.push({ text: 'The instance is being terminated right now.' });
  if (instance.state === 'stopped' || instance.state === 'stopping')
    warned.push({ text: `The instance is ${instance.state}. It is isolated all the same, and stays so when it is started.` });
  if (instance.spot)
    warned.push({
      text: 'It is a Spot Instance: it can be protected neither from being stopped nor from being terminated, and EC2 may take it back.',
    });
  const { termination, stop, shutdownBehavior } = now.protection;
  if (instance.operator === null && [termination, stop, shutdownBehavior].includes(null))
    warned.push({ text: 'Its protection could not be read (ec2:DescribeInstanceAttribute), and is left as it is.' });
  return warned;
}
