import type { GroupIdentifier, InstanceNetworkInterface, NetworkInterface } from '@aws-sdk/client-ec2';
import type { Call } from '../operation.ts';
import { attachmentAt } from './interface-view.ts';
import type { Ec2State, Interface } from './state.ts';
import { printedTags } from './tagging.ts';

export function printedGroups(state: Ec2State, ids: readonly string[]): GroupIdentifier[] {
  return ids.map((id) => ({ GroupId: id, GroupName: state.groups.get(id)?.name }));
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html */
export function printedInterface(call: Call, state: Ec2State, found: Interface): NetworkInterface {
  const attachment = attachmentAt(state, found, call.now);
  const operator = attachment === undefined ? undefined : state.instances.get(attachment.instance)?.operator;
  return {
    NetworkInterfaceId: found.id,
    Description: found.description,
    VpcId: found.vpc,
    SubnetId: found.subnet,
    AvailabilityZone: state.subnets.get(found.subnet)?.zone,
    OwnerId: call.account,
    RequesterManaged: found.requester !== undefined,
    RequesterId: found.requester,
    Operator: { Managed: operator !== undefined, Principal: operator },
    InterfaceType: found.type as NonNullable<NetworkInterface['InterfaceType']>,
    Status: attachment === undefined ? 'available' : 'in-use',
    SourceDestCheck: found.sourceDestCheck,
    PrivateIpAddress: found.address,
    PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: found.address }],
    Ipv6Addresses: found.ipv6Addresses.map((Ipv6Address) => ({ Ipv6Address })),
    Groups: printedGroups(state, found.groups),
    ConnectionTrackingConfiguration:
      found.tcpEstablishedTimeout === undefined ? undefined : { TcpEstablishedTimeout: found.tcpEstablishedTimeout },
    Attachment:
      attachment === undefined
        ? undefined
        : {
            AttachmentId: attachment.id,
            InstanceId: attachment.instance,
            InstanceOwnerId: call.account,
            DeviceIndex: attachment.deviceIndex,
            DeleteOnTermination: attachment.deleteOnTermination,
            AttachTime: new Date(attachment.since),
            Status: 'attached',
          },
    TagSet: printedTags(found.tags),
  };
}

/** An interface as it is printed in its instance: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceNetworkInterface.html */
export function printedInInstance(call: Call, state: Ec2State, found: Interface): InstanceNetworkInterface {
  const { attachment } = found;
  return {
    NetworkInterfaceId: found.id,
    Description: found.description,
    VpcId: found.vpc,
    SubnetId: found.subnet,
    OwnerId: call.account,
    InterfaceType: found.type,
    Status: 'in-use',
    SourceDestCheck: found.sourceDestCheck,
    PrivateIpAddress: found.address,
    PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: found.address }],
    Ipv6Addresses: found.ipv6Addresses.map((Ipv6Address) => ({ Ipv6Address })),
    Groups: printedGroups(state, found.groups),
    Attachment: attachment && {
      AttachmentId: attachment.id,
      DeviceIndex: attachment.deviceIndex,
      DeleteOnTermination: attachment.deleteOnTermination,
      AttachTime: new Date(attachment.since),
      Status: 'attached',
    },
  };
}
