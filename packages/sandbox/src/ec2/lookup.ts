import { awsError } from '../operation.ts';
import { isDeleted } from './interface-view.ts';
import { stateAt } from './lifecycle.ts';
import type { Ec2State, Instance, Interface, SecurityGroup, Subnet, Vpc } from './state.ts';

// Each finds a resource by its id, or answers with the error that AWS has for it:
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html

const hexId = /^[0-9a-f]{8}([0-9a-f]{9})?$/;

function wellFormed(prefix: string, id: string): boolean {
  return id.startsWith(prefix) && hexId.test(id.slice(prefix.length));
}

/** An instance that is still described: also a terminated one, for about an hour. */
export function findInstance(state: Ec2State, id: string, now: number): Instance {
  if (!wellFormed('i-', id)) throw awsError('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
  const instance = state.instances.get(id);
  if (instance === undefined || isForgotten(state, instance, now))
    throw awsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
  return instance;
}

/** Whether an instance was terminated so long ago that it is no longer described. */
export function isForgotten(state: Ec2State, instance: Instance, now: number): boolean {
  const current = stateAt(instance.lifecycle, now);
  return current.name === 'terminated' && now >= current.since + state.options.terminatedSeconds * 1_000;
}

export function findInterface(state: Ec2State, id: string, now: number): Interface {
  if (!wellFormed('eni-', id)) throw awsError('InvalidNetworkInterfaceId.Malformed', `Invalid id: "${id}"`);
  const found = state.interfaces.get(id);
  if (found === undefined || isDeleted(state, found, now))
    throw awsError('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
  return found;
}

export function findGroup(state: Ec2State, id: string): SecurityGroup {
  if (!wellFormed('sg-', id)) throw awsError('InvalidGroupId.Malformed', `Invalid id: "${id}"`);
  const group = state.groups.get(id);
  if (group === undefined) throw awsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
  return group;
}

export function findSubnet(state: Ec2State, id: string): Subnet {
  const subnet = state.subnets.get(id);
  if (subnet === undefined) throw awsError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
  return subnet;
}

export function findVpc(state: Ec2State, id: string): Vpc {
  const vpc = state.vpcs.get(id);
  if (vpc === undefined) throw awsError('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`);
  return vpc;
}

/** The VPC that is meant where none is named. */
export function defaultVpc(state: Ec2State): Vpc {
  const found = [...state.vpcs.values()].find((vpc) => vpc.isDefault);
  if (found === undefined) throw awsError('VPCIdNotSpecified', 'No default VPC for this user');
  return found;
}
