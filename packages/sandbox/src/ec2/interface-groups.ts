import { awsError } from '../operation.ts';
import { invalidValue } from './errors.ts';
import { findGroup } from './lookup.ts';
import type { Ec2State } from './state.ts';

/**
 * The groups that a request sets on an interface: known, of its VPC, each once, and not more than the quota.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html
 */
export function checkedGroups(state: Ec2State, vpc: string, ids: readonly string[]): string[] {
  for (const id of ids) {
    if (findGroup(state, id).vpc !== vpc)
      throw awsError('InvalidParameter', `Security group ${id} and the network interface belong to different networks.`);
  }
  if (new Set(ids).size !== ids.length) throw invalidValue('A security group was specified more than once');
  const quota = state.options.groupsPerInterface;
  if (ids.length > quota)
    throw awsError(
      'SecurityGroupsPerInterfaceLimitExceeded',
      `The maximum number of security groups per interface (${quota}) has been reached.`,
    );
  return [...ids];
}

/** The groups of an interface that is made: the VPC's default group where none are named. */
export function groupsOrDefault(state: Ec2State, vpc: string, ids: readonly string[] | undefined): string[] {
  if (ids !== undefined && ids.length > 0) return checkedGroups(state, vpc, ids);
  return [...state.groups.values()].filter((group) => group.vpc === vpc && group.name === 'default').map((group) => group.id);
}
