import type {
  AttachNetworkInterfaceRequest,
  AttachNetworkInterfaceResult,
  CreateNetworkInterfaceRequest,
  CreateNetworkInterfaceResult,
  DeleteNetworkInterfaceRequest,
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResult,
  DetachNetworkInterfaceRequest,
  ModifyNetworkInterfaceAttributeRequest,
} from '@aws-sdk/client-ec2';
import type { Call, Operations } from '../operation.ts';
import { awsError } from '../operation.ts';
import { freeAddress, freeIpv6Addresses } from './addresses.ts';
import { followConnections } from './connections.ts';
import { invalidCombination, invalidValue, notPermitted, required } from './errors.ts';
import { filtered } from './filters.ts';
import { checkedGroups, groupsOrDefault } from './interface-groups.ts';
import { attachmentAt, currentInterfaces, interfacesOf, tidy } from './interface-view.ts';
import { stateAt } from './lifecycle.ts';
import { findInstance, findInterface, findSubnet } from './lookup.ts';
import { refuseManaged, refuseManagedInterface } from './managed.ts';
import { ec2Operation, ec2Read } from './operation.ts';
import { page } from './pages.ts';
import { printedInterface } from './printed-interface.ts';
import { demandOn, demandOnNew } from './resource-context.ts';
import type { Attachment, Ec2State, Instance, Interface, Tags } from './state.ts';
import { ec2State } from './state.ts';
import { requestTagsFor, tagDemands, tagsFor } from './tagging.ts';

/** Makes an interface in a subnet. */
export function addInterface(
  call: Call,
  made: {
    readonly subnet: string;
    readonly groups?: readonly string[] | undefined;
    readonly ipv6Count?: number | undefined;
    readonly description?: string | undefined;
    readonly type?: string | undefined;
    readonly tags: Tags;
  },
): Interface {
  const state = ec2State(call);
  const subnet = findSubnet(state, made.subnet);
  const found: Interface = {
    id: call.id('eni-'),
    vpc: subnet.vpc,
    subnet: subnet.id,
    description: made.description ?? '',
    type: made.type ?? 'interface',
    groups: groupsOrDefault(state, subnet.vpc, made.groups),
    address: freeAddress(state, subnet),
    ipv6Addresses: freeIpv6Addresses(state, subnet, made.ipv6Count ?? 0),
    sourceDestCheck: true,
    tags: made.tags,
  };
  state.interfaces.set(found.id, found);
  return found;
}

/** Attaches an interface that is free to an instance whose slot is free. */
export function attachInterface(
  call: Call,
  instance: Instance,
  found: Interface,
  deviceIndex: number,
  deleteOnTermination: boolean,
): Attachment {
  const state = ec2State(call);
  if (found.attachment !== undefined) throw awsError('InvalidNetworkInterface.InUse', `Interface: [${found.id}] in use.`);
  if (state.subnets.get(found.subnet)?.zone !== instance.zone)
    throw invalidCombination(
      `You may not attach a network interface to an instance if they are not in the same availability zone`,
    );
  if (interfacesOf(state, instance.id, call.now).some((other) => other.attachment?.deviceIndex === deviceIndex))
    throw invalidValue(`Instance '${instance.id}' already has an interface attached at device index '${deviceIndex}'.`);
  found.attachment = { id: call.id('eni-attach-'), instance: instance.id, deviceIndex, deleteOnTermination, since: call.now };
  return found.attachment;
}

function findAttached(state: Ec2State, attachment: string, now: number): Interface {
  const found = currentInterfaces(state, now).find((candidate) => candidate.attachment?.id === attachment);
  if (found === undefined || attachmentAt(state, found, now) === undefined)
    throw awsError('InvalidAttachmentID.NotFound', `The attachment '${attachment}' does not exist`);
  return found;
}

function attachedInstance(found: Interface): string {
  return found.attachment?.instance ?? '';
}

type Modification = ModifyNetworkInterfaceAttributeRequest;

/** What a request can change: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html */
const modifiable = [
  'Attachment',
  'Description',
  'SourceDestCheck',
  'Groups',
  'EnaSrdSpecification',
  'EnablePrimaryIpv6',
  'ConnectionTrackingSpecification',
  'AssociatePublicIpAddress',
  'AssociatedSubnetIds',
] as const satisfies readonly (keyof Modification)[];

/** The one attribute that a request changes. A list without members is not sent at all by this protocol. */
function attributeOf(input: Modification): (typeof modifiable)[number] {
  const named = modifiable.filter((name) => {
    const value = input[name];
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
  const [only, ...others] = named;
  if (only === undefined) throw invalidCombination('No attributes specified.');
  if (others.length > 0) throw invalidCombination(`Fields for multiple attribute types specified: ${named.join(', ')}`);
  return only;
}

function modify(state: Ec2State, found: Interface, input: Modification): void {
  switch (attributeOf(input)) {
    case 'Groups':
      found.groups = checkedGroups(state, found.vpc, input.Groups ?? []);
      return;
    case 'Description':
      found.description = input.Description?.Value ?? '';
      return;
    case 'SourceDestCheck':
      found.sourceDestCheck = input.SourceDestCheck?.Value ?? true;
      return;
    case 'Attachment':
      if (found.attachment === undefined || found.attachment.id !== input.Attachment?.AttachmentId)
        throw awsError('InvalidAttachmentID.NotFound', `The attachment '${input.Attachment?.AttachmentId}' does not exist`);
      found.attachment.deleteOnTermination = input.Attachment.DeleteOnTermination ?? found.attachment.deleteOnTermination;
      return;
    case 'ConnectionTrackingSpecification': {
      const timeout = input.ConnectionTrackingSpecification?.TcpEstablishedTimeout;
      if (timeout === undefined) return;
      // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html#connection-tracking-timeouts
      if (timeout < 60 || timeout > 432_000) throw invalidValue('TcpEstablishedTimeout must be between 60 and 432000 seconds.');
      found.tcpEstablishedTimeout = timeout;
      return;
    }
    default:
      throw new Error(`the sandbox does not model ${attributeOf(input)} of a network interface`);
  }
}

export const interfaceOperations: Operations = {
  CreateNetworkInterface: ec2Operation<CreateNetworkInterfaceRequest, CreateNetworkInterfaceResult>('CreateNetworkInterface', {
    mutates: true,
    demands: (call, input) => [
      demandOnNew(
        call,
        'CreateNetworkInterface',
        'network-interface',
        requestTagsFor('network-interface', input.TagSpecifications),
      ),
      demandOn(call, 'CreateNetworkInterface', 'subnet', input.SubnetId ?? '*'),
      ...(input.Groups ?? []).map((group) => demandOn(call, 'CreateNetworkInterface', 'security-group', group)),
      ...tagDemands(call, 'CreateNetworkInterface', input.TagSpecifications),
    ],
    run(call, input) {
      const state = ec2State(call);
      tidy(state, call.now);
      const found = addInterface(call, {
        subnet: required(input.SubnetId, 'subnetId'),
        groups: input.Groups,
        ipv6Count: input.Ipv6AddressCount,
        description: input.Description,
        type: input.InterfaceType,
        tags: tagsFor('network-interface', input.TagSpecifications),
      });
      return { NetworkInterface: printedInterface(call, state, found) };
    },
  }),

  AttachNetworkInterface: ec2Operation<AttachNetworkInterfaceRequest, AttachNetworkInterfaceResult>('AttachNetworkInterface', {
    mutates: true,
    demands: (call, input) => [
      demandOn(call, 'AttachNetworkInterface', 'instance', input.InstanceId ?? '*'),
      demandOn(call, 'AttachNetworkInterface', 'network-interface', input.NetworkInterfaceId ?? '*'),
    ],
    run(call, input) {
      const state = ec2State(call);
      tidy(state, call.now);
      const instance = findInstance(state, required(input.InstanceId, 'instanceId'), call.now);
      const found = findInterface(state, required(input.NetworkInterfaceId, 'networkInterfaceId'), call.now);
      refuseManaged(instance);
      refuseManagedInterface(state, found);
      const current = stateAt(instance.lifecycle, call.now).name;
      if (current !== 'running' && current !== 'stopped')
        throw awsError('IncorrectState', `Instance '${instance.id}' is not 'running' or 'stopped'.`);
      // Interfaces that are attached later stay when the instance goes (same page, DeleteOnTermination).
      const attachment = attachInterface(call, instance, found, required(input.DeviceIndex, 'deviceIndex'), false);
      return { AttachmentId: attachment.id };
    },
  }),

  DetachNetworkInterface: ec2Operation<DetachNetworkInterfaceRequest, object>('DetachNetworkInterface', {
    mutates: true,
    demands(call, input) {
      const found = [...ec2State(call).interfaces.values()].find((each) => each.attachment?.id === input.AttachmentId);
      return [
        demandOn(call, 'DetachNetworkInterface', 'instance', found?.attachment?.instance ?? '*'),
        demandOn(call, 'DetachNetworkInterface', 'network-interface', found?.id ?? '*'),
      ];
    },
    run(call, input) {
      const state = ec2State(call);
      tidy(state, call.now);
      const found = findAttached(state, required(input.AttachmentId, 'attachmentId'), call.now);
      refuseManagedInterface(state, found);
      if (found.attachment?.deviceIndex === 0) throw notPermitted('The network interface at device index 0 cannot be detached.');
      delete found.attachment;
      followConnections(call, call.now);
      return {};
    },
  }),

  DeleteNetworkInterface: ec2Operation<DeleteNetworkInterfaceRequest, object>('DeleteNetworkInterface', {
    mutates: true,
    demands: (call, input) => [demandOn(call, 'DeleteNetworkInterface', 'network-interface', input.NetworkInterfaceId ?? '*')],
    run(call, input) {
      const state = ec2State(call);
      tidy(state, call.now);
      const found = findInterface(state, required(input.NetworkInterfaceId, 'networkInterfaceId'), call.now);
      refuseManagedInterface(state, found);
      if (found.attachment !== undefined)
        throw awsError('InvalidNetworkInterface.InUse', `The network interface '${found.id}' is currently in use.`);
      state.interfaces.delete(found.id);
      followConnections(call, call.now);
      return {};
    },
  }),

  ModifyNetworkInterfaceAttribute: ec2Operation<Modification, object>('ModifyNetworkInterfaceAttribute', {
    mutates: true,
    demands(call, input) {
      const attributes = modifiable.filter((name) => input[name] !== undefined);
      return [
        demandOn(call, 'ModifyNetworkInterfaceAttribute', 'network-interface', input.NetworkInterfaceId ?? '*', {
          ...(attributes.length === 0 ? {} : { 'ec2:Attribute': attributes }),
        }),
        ...(input.Groups ?? []).map((group) => demandOn(call, 'ModifyNetworkInterfaceAttribute', 'security-group', group)),
      ];
    },
    run(call, input) {
      const state = ec2State(call);
      tidy(state, call.now);
      const found = findInterface(state, required(input.NetworkInterfaceId, 'networkInterfaceId'), call.now);
      refuseManagedInterface(state, found);
      modify(state, found, input);
      followConnections(call, call.now);
      return {};
    },
  }),

  DescribeNetworkInterfaces: ec2Read<DescribeNetworkInterfacesRequest, DescribeNetworkInterfacesResult>(
    'DescribeNetworkInterfaces',
    (call, input) => {
      const state = ec2State(call);
      if (input.NetworkInterfaceIds !== undefined && input.MaxResults !== undefined)
        throw invalidCombination('The parameter NetworkInterfaceIds cannot be used with the parameter MaxResults');
      const interfaces =
        input.NetworkInterfaceIds === undefined
          ? currentInterfaces(state, call.now)
          : input.NetworkInterfaceIds.map((id) => findInterface(state, id, call.now));
      const attached = (found: Interface): Attachment | undefined => attachmentAt(state, found, call.now);
      const matching = filtered(interfaces, input.Filters, {
        'network-interface-id': (found) => [found.id],
        'vpc-id': (found) => [found.vpc],
        'subnet-id': (found) => [found.subnet],
        'group-id': (found) => found.groups,
        'group-name': (found) => found.groups.map((id) => state.groups.get(id)?.name),
        'attachment.instance-id': (found) => [attached(found) === undefined ? undefined : attachedInstance(found)],
        'attachment.attachment-id': (found) => [attached(found)?.id],
        'attachment.device-index': (found) => [attached(found)?.deviceIndex.toString()],
        'requester-managed': (found) => [String(found.requester !== undefined)],
        'requester-id': (found) => [found.requester],
        'interface-type': (found) => [found.type],
        'private-ip-address': (found) => [found.address],
        description: (found) => [found.description],
        status: (found) => [attached(found) === undefined ? 'available' : 'in-use'],
      });
      const { items, next } = page(matching, input, state.options.pageSize);
      return { NetworkInterfaces: items.map((found) => printedInterface(call, state, found)), NextToken: next };
    },
  ),
};
