import { awsError } from '../operation.ts';
import type { Ec2State, Subnet } from './state.ts';

/** AWS keeps the first four addresses of a subnet and the last: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html */
const keptAtStart = 4;
const kept = 5;

/** How many addresses of an IPv4 block can be given out. */
export function addressesIn(cidr: string): number {
  return 2 ** (32 - Number(cidr.split('/')[1] ?? '32')) - kept;
}

/** The lowest free address of a subnet. */
export function freeAddress(state: Ec2State, subnet: Subnet): string {
  const used = new Set([...state.interfaces.values()].map((found) => (found.subnet === subnet.id ? found.address : '')));
  const base = (subnet.cidr.split('/')[0] ?? '').split('.').reduce((value, part) => value * 256 + Number(part), 0);
  for (let at = 0; at < addressesIn(subnet.cidr); at += 1) {
    const address = dotted(base + keptAtStart + at);
    if (!used.has(address)) return address;
  }
  throw awsError('InsufficientFreeAddressesInSubnet', `There are not enough free addresses in subnet '${subnet.id}'`);
}

/** Free IPv6 addresses of a subnet. */
export function freeIpv6Addresses(state: Ec2State, subnet: Subnet, count: number): string[] {
  const prefix = subnet.ipv6Cidr?.split('/')[0];
  if (count > 0 && prefix === undefined)
    throw awsError('InvalidParameterValue', `The subnet '${subnet.id}' has no IPv6 CIDR block`);
  const used = new Set([...state.interfaces.values()].flatMap((found) => found.ipv6Addresses));
  const free: string[] = [];
  for (let at = keptAtStart; free.length < count; at += 1) {
    const address = `${prefix}${at.toString(16)}`;
    if (!used.has(address)) free.push(address);
  }
  return free;
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
