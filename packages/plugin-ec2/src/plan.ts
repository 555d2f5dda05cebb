import { conditionalDeny, principalOn, unconditionalDeny } from '@entity-lockdown/iam-deny';
import type { Change, Entity, Stage } from '@entity-lockdown/plugin-api';
import type { InstanceOptions } from './options.ts';
import { deniableRoles, isolatable } from './reach.ts';
import type { InstanceSettings } from './settings.ts';
import type { Instance, InstanceState, NetworkInterface } from './state.ts';
import { groupKinds, groupSymbol, interfaceArn } from './symbol.ts';

type InstanceChange = Change<InstanceSettings>;

/**
 * Each interface goes over the untrack group to the isolation group. Where those groups are yet to be made, the deny and the
 * protection do not wait for them; where they are there, everything begins at once.
 */
export function plan(now: InstanceState, _entity: Entity, options: InstanceOptions): readonly Stage<InstanceSettings>[] {
  const { instance } = now;
  if (instance === null) return [];
  const interfaces = isolatable(now);
  const groups = groupsFor(now, interfaces);
  const cuts = [...denies(now, options.scope), ...protection(now, instance)];
  const isReady = groups.every(({ on }) => now.groups[on]?.ready === true);
  const hops = interfaces.map((found) => untrack(now, found));
  const stages: readonly Stage<InstanceSettings>[] = [
    { title: 'Make the security groups', changes: isReady ? groups : [...groups, ...cuts] },
    {
      title: 'Deny, protect and untrack',
      changes: isReady ? [...cuts, ...hops] : hops,
      dwell: {
        // A stopped instance has no connections, and is not to be open for a minute should somebody start it.
        seconds: instance.state === 'stopped' ? 0 : options.dwell,
        why: 'connections that are tracked are no longer, and end with the next change of groups',
      },
    },
    { title: 'Isolate', changes: interfaces.map((found) => isolate(now, found)) },
  ];
  return stages.filter(({ changes }) => changes.length > 0);
}

function groupsFor(now: InstanceState, interfaces: readonly NetworkInterface[]): readonly InstanceChange[] {
  const vpcs = [...new Set(interfaces.map(({ vpc }) => vpc))].toSorted();
  return vpcs.flatMap((vpc) =>
    groupKinds.map((kind) => ({
      setting: 'ec2.security-group.present' as const,
      on: groupSymbol(now.arn, vpc, kind),
      to: 'ready' as const,
      title:
        kind === 'untrack'
          ? `Have a security group for all traffic in ${vpc}, to pass through`
          : `Have a security group without rules in ${vpc}`,
    })),
  );
}

function untrack(now: InstanceState, { id, owner, vpc }: NetworkInterface): InstanceChange {
  return {
    setting: 'ec2.network-interface.groups',
    on: interfaceArn(now.arn, owner, id),
    to: [groupSymbol(now.arn, vpc, 'untrack')],
    transit: true,
    title: `Have the connections of ${id} no longer tracked`,
  };
}

function isolate(now: InstanceState, { id, owner, vpc }: NetworkInterface): InstanceChange {
  return {
    setting: 'ec2.network-interface.groups',
    on: interfaceArn(now.arn, owner, id),
    to: [groupSymbol(now.arn, vpc, 'isolation')],
    title: `Let no traffic to or from ${id}`,
  };
}

function denies(now: InstanceState, scope: InstanceOptions['scope']): readonly InstanceChange[] {
  return deniableRoles(now).flatMap(({ arn }): readonly InstanceChange[] => {
    const target = { on: principalOn(arn), arn };
    return scope === 'role' ? unconditionalDeny(target) : conditionalDeny(target, now.arn);
  });
}

/** None of it cuts anything off; all of it keeps the evidence. */
function protection(now: InstanceState, instance: Instance): readonly InstanceChange[] {
  // None of it is to be had for Spot Instances, and what has its root on its host's disk can't be stopped at all.
  // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_ChangingDisableAPITermination.html
  if (instance.operator !== null || instance.spot) return [];
  const { termination, stop, shutdownBehavior } = now.protection;
  const changes: InstanceChange[] = [];
  if (termination !== null)
    changes.push({
      setting: 'ec2.instance.termination-protection',
      on: now.arn,
      to: true,
      title: 'Protect the instance from being terminated',
      optional: 'The instance is not protected from being terminated: its memory and disks may be lost as evidence.',
    });
  if (stop !== null && !instance.instanceStore)
    changes.push({
      setting: 'ec2.instance.stop-protection',
      on: now.arn,
      to: true,
      title: 'Protect the instance from being stopped',
      optional: 'The instance is not protected from being stopped: its memory may be lost as evidence.',
    });
  if (shutdownBehavior !== null && !instance.instanceStore)
    changes.push({
      setting: 'ec2.instance.shutdown-behavior',
      on: now.arn,
      to: 'stop',
      title: 'Let a shutdown from within stop the instance, not terminate it',
      optional: 'A shutdown from within may terminate the instance: its disks may be lost as evidence.',
    });
  return changes;
}
