import type {
  DescribeInstancesRequest,
  DescribeInstancesResult,
  InstanceStateChange,
  Instance as PrintedInstance,
  Reservation,
  StartInstancesRequest,
  StartInstancesResult,
  StopInstancesRequest,
  StopInstancesResult,
  TerminateInstancesRequest,
  TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import type { Call, Operations } from '../operation.ts';
import { awsError } from '../operation.ts';
import { followConnections } from './connections.ts';
import { invalidCombination, notPermitted, required } from './errors.ts';
import { filtered } from './filters.ts';
import { interfacesByInstance, tidy } from './interface-view.ts';
import { entering, printedState, stateAt } from './lifecycle.ts';
import { findInstance, isForgotten } from './lookup.ts';
import { refuseManaged } from './managed.ts';
import { ec2Operation, ec2Read } from './operation.ts';
import { page } from './pages.ts';
import { printedGroups, printedInInstance } from './printed-interface.ts';
import { demandOn } from './resource-context.ts';
import type { Ec2State, Instance, InstanceStateName, Interface, ProfileAssociation } from './state.ts';
import { ec2State } from './state.ts';
import { printedTags } from './tagging.ts';

/** What is printed of an instance beside its own record. */
interface Around {
  readonly interfaces: ReadonlyMap<string, readonly Interface[]>;
  readonly profiles: ReadonlyMap<string, ProfileAssociation>;
}

function around(state: Ec2State, now: number): Around {
  return {
    interfaces: interfacesByInstance(state, now),
    profiles: new Map([...state.associations.values()].map((found) => [found.instance, found])),
  };
}

/**
 * An instance as the API prints it. One that has terminated has no network any more.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html
 */
export function printedInstance(
  call: Call,
  state: Ec2State,
  instance: Instance,
  near: Around = around(state, call.now),
): PrintedInstance {
  const current = stateAt(instance.lifecycle, call.now);
  const interfaces = near.interfaces.get(instance.id) ?? [];
  const primary = interfaces.find((found) => found.attachment?.deviceIndex === 0);
  const profile = current.name === 'terminated' ? undefined : near.profiles.get(instance.id);
  return {
    InstanceId: instance.id,
    ImageId: instance.image,
    InstanceType: instance.type as NonNullable<PrintedInstance['InstanceType']>,
    InstanceLifecycle: instance.spot ? 'spot' : undefined,
    State: printedState(current.name),
    LaunchTime: new Date(instance.launched),
    Placement: { AvailabilityZone: instance.zone, Tenancy: 'default' },
    VpcId: primary?.vpc,
    SubnetId: primary?.subnet,
    PrivateIpAddress: primary?.address,
    // The groups of the primary interface only; those of the others are in NetworkInterfaces.
    SecurityGroups: printedGroups(state, primary?.groups ?? []),
    NetworkInterfaces: interfaces.map((found) => printedInInstance(call, state, found)),
    IamInstanceProfile: profile && { Arn: profile.profileArn, Id: profile.profileId },
    Operator: { Managed: instance.operator !== undefined, Principal: instance.operator },
    RootDeviceType: 'ebs',
    Tags: printedTags(instance.tags),
  };
}

function reservations(call: Call, state: Ec2State, instances: readonly Instance[], near: Around): Reservation[] {
  const byReservation = new Map<string, PrintedInstance[]>();
  for (const instance of instances) {
    const printed = printedInstance(call, state, instance, near);
    const others = byReservation.get(instance.reservation);
    if (others === undefined) byReservation.set(instance.reservation, [printed]);
    else others.push(printed);
  }
  return [...byReservation].map(([ReservationId, Instances]) => ({
    ReservationId,
    OwnerId: call.account,
    Groups: [],
    Instances,
  }));
}

/** Changes an instance's state and answers with what it was and is. */
function change(call: Call, instance: Instance, apply: () => void): InstanceStateChange {
  const before = stateAt(instance.lifecycle, call.now).name;
  apply();
  return {
    InstanceId: instance.id,
    PreviousState: printedState(before),
    CurrentState: printedState(stateAt(instance.lifecycle, call.now).name),
  };
}

function incorrectState(instance: Instance, current: InstanceStateName): Error {
  return awsError(
    'IncorrectInstanceState',
    `The instance '${instance.id}' is not in a state (${current}) from which it can do that.`,
  );
}

export function begin(state: Ec2State, instance: Instance, now: number, verb: 'start' | 'stop' | 'terminate'): void {
  const { pendingSeconds, stoppingSeconds, shuttingDownSeconds } = state.options;
  if (verb === 'start') instance.lifecycle = entering(now, 'pending', 'running', pendingSeconds);
  if (verb === 'stop') instance.lifecycle = entering(now, 'stopping', 'stopped', stoppingSeconds);
  if (verb === 'terminate') instance.lifecycle = entering(now, 'shutting-down', 'terminated', shuttingDownSeconds);
}

function asked(call: Call, state: Ec2State, ids: readonly string[] | undefined): readonly Instance[] {
  const instances = required(ids, 'InstanceId').map((id) => findInstance(state, id, call.now));
  for (const instance of instances) refuseManaged(instance);
  return instances;
}

/** Refuses to stop or terminate what is protected: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-stop-protection.html */
function refuseStopProtected(instance: Instance, verb: 'stopped' | 'terminated'): void {
  if (instance.disableApiStop)
    throw notPermitted(
      `The instance '${instance.id}' may not be ${verb}. Modify its 'disableApiStop' instance attribute and try again.`,
    );
}

export const instanceOperations: Operations = {
  DescribeInstances: ec2Read<DescribeInstancesRequest, DescribeInstancesResult>('DescribeInstances', (call, input) => {
    const state = ec2State(call);
    if (input.InstanceIds !== undefined && input.MaxResults !== undefined)
      throw invalidCombination('The parameter instancesSet cannot be used with the parameter maxResults');
    const instances =
      input.InstanceIds === undefined
        ? [...state.instances.values()].filter((instance) => !isForgotten(state, instance, call.now))
        : [...new Set(input.InstanceIds)].map((id) => findInstance(state, id, call.now));
    const near = around(state, call.now);
    const interfaces = (instance: Instance): readonly Interface[] => near.interfaces.get(instance.id) ?? [];
    const matching = filtered(instances, input.Filters, {
      'instance-id': (instance) => [instance.id],
      'instance-state-name': (instance) => [stateAt(instance.lifecycle, call.now).name],
      'instance-type': (instance) => [instance.type],
      'instance-lifecycle': (instance) => [instance.spot ? 'spot' : undefined],
      'image-id': (instance) => [instance.image],
      'availability-zone': (instance) => [instance.zone],
      'reservation-id': (instance) => [instance.reservation],
      'iam-instance-profile.arn': (instance) => [near.profiles.get(instance.id)?.profileArn],
      'iam-instance-profile.id': (instance) => [near.profiles.get(instance.id)?.profileId],
      'vpc-id': (instance) => [interfaces(instance)[0]?.vpc],
      'subnet-id': (instance) => [interfaces(instance)[0]?.subnet],
      'private-ip-address': (instance) => interfaces(instance).map((found) => found.address),
      'instance.group-id': (instance) => interfaces(instance)[0]?.groups ?? [],
      'network-interface.group-id': (instance) => interfaces(instance).flatMap((found) => found.groups),
      'network-interface.network-interface-id': (instance) => interfaces(instance).map((found) => found.id),
      'operator.managed': (instance) => [String(instance.operator !== undefined)],
    });
    const { items, next } = page(matching, input, state.options.pageSize);
    return { Reservations: reservations(call, state, items, near), NextToken: next };
  }),

  StartInstances: ec2Operation<StartInstancesRequest, StartInstancesResult>('StartInstances', {
    mutates: true,
    demands: (call, input) => (input.InstanceIds ?? []).map((id) => demandOn(call, 'StartInstances', 'instance', id)),
    run(call, input) {
      const state = ec2State(call);
      const instances = asked(call, state, input.InstanceIds);
      for (const instance of instances) {
        const { name } = stateAt(instance.lifecycle, call.now);
        if (name !== 'stopped' && name !== 'running' && name !== 'pending') throw incorrectState(instance, name);
      }
      return {
        StartingInstances: instances.map((instance) =>
          change(call, instance, () => {
            if (stateAt(instance.lifecycle, call.now).name === 'stopped') begin(state, instance, call.now, 'start');
          }),
        ),
      };
    },
  }),

  StopInstances: ec2Operation<StopInstancesRequest, StopInstancesResult>('StopInstances', {
    mutates: true,
    demands: (call, input) => (input.InstanceIds ?? []).map((id) => demandOn(call, 'StopInstances', 'instance', id)),
    run(call, input) {
      const state = ec2State(call);
      const instances = asked(call, state, input.InstanceIds);
      for (const instance of instances) {
        const { name } = stateAt(instance.lifecycle, call.now);
        if (name === 'pending' || name === 'shutting-down' || name === 'terminated') throw incorrectState(instance, name);
        refuseStopProtected(instance, 'stopped');
        // Those of a one-time request, which are all that the sandbox launches:
        // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-requests.html#stopping-a-spot-instance
        if (instance.spot)
          throw awsError(
            'UnsupportedOperation',
            `You can't stop the Spot Instance '${instance.id}' because it is associated with a one-time Spot Instance request.`,
          );
      }
      const stopping = instances.map((instance) =>
        change(call, instance, () => {
          if (stateAt(instance.lifecycle, call.now).name === 'running') begin(state, instance, call.now, 'stop');
        }),
      );
      followConnections(call, call.now);
      return { StoppingInstances: stopping };
    },
  }),

  TerminateInstances: ec2Operation<TerminateInstancesRequest, TerminateInstancesResult>('TerminateInstances', {
    mutates: true,
    demands: (call, input) => (input.InstanceIds ?? []).map((id) => demandOn(call, 'TerminateInstances', 'instance', id)),
    run(call, input) {
      const state = ec2State(call);
      tidy(state, call.now);
      const instances = asked(call, state, input.InstanceIds);
      for (const instance of instances) {
        if (instance.disableApiTermination)
          throw notPermitted(
            `The instance '${instance.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
          );
        refuseStopProtected(instance, 'terminated');
      }
      const terminating = instances.map((instance) =>
        change(call, instance, () => {
          const { name } = stateAt(instance.lifecycle, call.now);
          if (name !== 'shutting-down' && name !== 'terminated') begin(state, instance, call.now, 'terminate');
        }),
      );
      followConnections(call, call.now);
      return { TerminatingInstances: terminating };
    },
  }),
};
