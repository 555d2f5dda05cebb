import type { InstanceNetworkInterfaceSpecification, Reservation, RunInstancesRequest } from '@aws-sdk/client-ec2';
import type { Call, Demand, Operation } from '../operation.ts';
import { awsError } from '../operation.ts';
import { invalidCombination, invalidValue, required } from './errors.ts';
import { begin, printedInstance } from './instances.ts';
import { tidy } from './interface-view.ts';
import { addInterface, attachInterface } from './interfaces.ts';
import { defaultVpc, findInterface, findSubnet } from './lookup.ts';
import { ec2Operation } from './operation.ts';
import { addAssociation, passRoleDemands } from './profiles.ts';
import { demandOn, demandOnNew } from './resource-context.ts';
import type { Ec2State, Instance } from './state.ts';
import { ec2State } from './state.ts';
import { requestTagsFor, tagDemands, tagsFor } from './tagging.ts';

function demands(call: Call, input: RunInstancesRequest): readonly Demand[] {
  const named = input.NetworkInterfaces ?? [];
  const subnets = [input.SubnetId, ...named.map((each) => each.SubnetId)].filter((id) => id !== undefined);
  const groups = [...(input.SecurityGroupIds ?? []), ...named.flatMap((each) => each.Groups ?? [])];
  return [
    demandOnNew(call, 'RunInstances', 'instance', {
      'ec2:InstanceType': input.InstanceType ?? 'm1.small',
      ...requestTagsFor('instance', input.TagSpecifications),
    }),
    demandOnNew(call, 'RunInstances', 'network-interface', requestTagsFor('network-interface', input.TagSpecifications)),
    // Images belong to anybody: their ARN names no account.
    { action: 'ec2:RunInstances', resource: `arn:${call.partition}:ec2:${call.region}::image/${input.ImageId ?? '*'}` },
    ...[...new Set(subnets)].map((subnet) => demandOn(call, 'RunInstances', 'subnet', subnet)),
    ...[...new Set(groups)].map((group) => demandOn(call, 'RunInstances', 'security-group', group)),
    ...tagDemands(call, 'RunInstances', input.TagSpecifications),
    ...passRoleDemands(call, input.IamInstanceProfile),
  ];
}

/** The interfaces that a request describes: those it spells out, or one made of its own subnet and groups. */
function specified(state: Ec2State, input: RunInstancesRequest): readonly InstanceNetworkInterfaceSpecification[] {
  const named = input.NetworkInterfaces ?? [];
  if (named.length > 0) {
    if (input.SecurityGroupIds !== undefined || input.SubnetId !== undefined)
      throw invalidCombination(
        'Network interfaces and an instance-level subnet or security groups may not be specified on the same request',
      );
    const indexes = named.map((each) => required(each.DeviceIndex, 'deviceIndex'));
    if (!indexes.includes(0) || new Set(indexes).size !== indexes.length)
      throw invalidValue('Each network interface requires a device index of its own, and one of them is 0.');
    return named;
  }
  const subnet = input.SubnetId ?? [...state.subnets.values()].find((each) => each.vpc === defaultVpc(state).id)?.id;
  return [
    {
      DeviceIndex: 0,
      SubnetId: required(subnet, 'SubnetId'),
      Groups: input.SecurityGroupIds,
      Ipv6AddressCount: input.Ipv6AddressCount,
    },
  ];
}

function zoneOf(call: Call, state: Ec2State, each: InstanceNetworkInterfaceSpecification): string {
  const subnet =
    each.NetworkInterfaceId === undefined ? each.SubnetId : findInterface(state, each.NetworkInterfaceId, call.now).subnet;
  return findSubnet(state, required(subnet, 'subnetId')).zone;
}

function launch(call: Call, input: RunInstancesRequest, reservation: string): Instance {
  const state = ec2State(call);
  const interfaces = specified(state, input);
  const spot = input.InstanceMarketOptions?.MarketType === 'spot';
  if (spot && (input.DisableApiTermination === true || input.DisableApiStop === true))
    throw awsError('UnsupportedOperation', 'Termination and stop protection are not supported for spot instances.');
  const [first] = interfaces;
  const instance: Instance = {
    id: call.id('i-'),
    reservation,
    image: required(input.ImageId, 'ImageId'),
    type: input.InstanceType ?? 'm1.small',
    zone: first === undefined ? '' : zoneOf(call, state, first),
    launched: call.now,
    spot,
    ...(input.Operator?.Principal === undefined ? {} : { operator: input.Operator.Principal }),
    lifecycle: { name: 'pending', since: call.now },
    disableApiTermination: input.DisableApiTermination === true,
    disableApiStop: input.DisableApiStop === true,
    shutdownBehavior: input.InstanceInitiatedShutdownBehavior === 'terminate' ? 'terminate' : 'stop',
    ...(input.UserData === undefined ? {} : { userData: input.UserData }),
    tags: tagsFor('instance', input.TagSpecifications),
  };
  state.instances.set(instance.id, instance);
  begin(state, instance, call.now, 'start');
  if (input.IamInstanceProfile !== undefined) addAssociation(call, instance.id, input.IamInstanceProfile);
  for (const each of interfaces) {
    const found =
      each.NetworkInterfaceId === undefined
        ? addInterface(call, {
            subnet: required(each.SubnetId, 'subnetId'),
            groups: each.Groups,
            ipv6Count: each.Ipv6AddressCount,
            description: each.Description,
            type: each.InterfaceType,
            tags: tagsFor('network-interface', input.TagSpecifications),
          })
        : findInterface(state, each.NetworkInterfaceId, call.now);
    // What is made with the instance goes with it, unless the request says otherwise; what was there before stays.
    const deleteOnTermination = each.DeleteOnTermination ?? each.NetworkInterfaceId === undefined;
    attachInterface(call, instance, found, required(each.DeviceIndex, 'deviceIndex'), deleteOnTermination);
  }
  return instance;
}

/** Launches all that was asked for, or leaves everything as it was. */
function allOrNothing<T>(state: Ec2State, launchAll: () => T): T {
  const before = { instances: new Set([...state.instances.keys()]), interfaces: new Set([...state.interfaces.keys()]) };
  try {
    return launchAll();
  } catch (error) {
    for (const found of [...state.interfaces.values()]) {
      if (!before.interfaces.has(found.id)) state.interfaces.delete(found.id);
      else if (found.attachment !== undefined && !before.instances.has(found.attachment.instance)) delete found.attachment;
    }
    for (const found of [...state.associations.values()])
      if (!before.instances.has(found.instance)) state.associations.delete(found.id);
    for (const id of [...state.instances.keys()]) if (!before.instances.has(id)) state.instances.delete(id);
    throw error;
  }
}

/** Launches instances. The sandbox knows no images, and no types: every one is launched. */
export const runInstances: Operation<RunInstancesRequest, Reservation> = ec2Operation('RunInstances', {
  mutates: true,
  demands,
  run(call, input) {
    const state = ec2State(call);
    tidy(state, call.now);
    const count = input.MaxCount ?? 1;
    if (count < 1 || count < (input.MinCount ?? 1)) throw invalidValue('MaxCount must be at least MinCount, and at least 1.');
    const reservation = call.id('r-');
    const launched = allOrNothing(state, () => Array.from({ length: count }, () => launch(call, input, reservation)));
    return {
      ReservationId: reservation,
      OwnerId: call.account,
      Groups: [],
      Instances: launched.map((instance) => printedInstance(call, state, instance)),
    };
  },
});
