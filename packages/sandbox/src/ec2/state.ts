import type { Call } from '../operation.ts';
import type { World } from '../world.ts';
import type { Ec2Options } from './options.ts';
import { ec2Defaults } from './options.ts';

/** Where state of EC2 lives: an account and a Region of a world. Every `Call` is one. */
export interface Place {
  readonly world: World;
  readonly account: string;
  readonly region: string;
}

export type Tags = Map<string, string>;

export interface Vpc {
  readonly id: string;
  readonly cidr: string;
  ipv6Cidr?: string;
  readonly isDefault: boolean;
  tags: Tags;
}

export interface Subnet {
  readonly id: string;
  readonly vpc: string;
  readonly cidr: string;
  readonly ipv6Cidr?: string;
  readonly zone: string;
  tags: Tags;
}

/** One rule of a group: one protocol, one range of ports, one peer. */
export interface GroupRule {
  readonly id: string;
  readonly direction: 'ingress' | 'egress';
  /** `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number, or `-1` for all. */
  readonly protocol: string;
  readonly from?: number;
  readonly to?: number;
  readonly peer: Peer;
  readonly description?: string;
}

export interface Peer {
  readonly kind: 'ipv4' | 'ipv6' | 'group' | 'prefix-list';
  /** A CIDR block, a group's id, or a prefix list's id. */
  readonly value: string;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly vpc: string;
  rules: GroupRule[];
  tags: Tags;
}

export interface Attachment {
  readonly id: string;
  readonly instance: string;
  readonly deviceIndex: number;
  deleteOnTermination: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export interface Interface {
  readonly id: string;
  readonly vpc: string;
  readonly subnet: string;
  description: string;
  readonly type: string;
  /** Ids of groups, in the order in which they were set. */
  groups: string[];
  readonly address: string;
  readonly ipv6Addresses: string[];
  sourceDestCheck: boolean;
  tcpEstablishedTimeout?: number;
  /** The account or service that made it for itself, where one did. */
  requester?: string;
  attachment?: Attachment;
  tags: Tags;
}

export type InstanceStateName = 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';

/** A state that was entered, and the one that follows it by itself. */
export interface Lifecycle {
  readonly name: InstanceStateName;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly next?: { readonly name: InstanceStateName; readonly at: number };
}

export interface Instance {
  readonly id: string;
  readonly reservation: string;
  readonly image: string;
  readonly type: string;
  readonly zone: string;
  readonly launched: number;
  readonly spot: boolean;
  /** The service that manages it, where one does: `eks.amazonaws.com`. */
  operator?: string;
  lifecycle: Lifecycle;
  disableApiTermination: boolean;
  disableApiStop: boolean;
  shutdownBehavior: 'stop' | 'terminate';
  /** In base 64, as it was given. Often holds secrets. */
  userData?: string;
  tags: Tags;
}

export interface ProfileAssociation {
  readonly id: string;
  readonly instance: string;
  readonly profileArn: string;
  readonly profileId: string;
  readonly since: number;
}

/** By id. Maps, as what callers name is looked up in them, and an object also has what it inherits. */
export interface Ec2State {
  options: Ec2Options;
  /** Whether the EC2 serial console may be used in this account and Region. Off at first. */
  serialConsole: boolean;
  readonly vpcs: Map<string, Vpc>;
  readonly subnets: Map<string, Subnet>;
  readonly groups: Map<string, SecurityGroup>;
  readonly interfaces: Map<string, Interface>;
  readonly instances: Map<string, Instance>;
  readonly associations: Map<string, ProfileAssociation>;
}

/** The state of EC2 in an account and Region. Nothing is in it at first, not even a default VPC: reading makes nothing. */
export function ec2State(place: Place): Ec2State {
  return place.world.slot('ec2', place.account, place.region, emptyState);
}

function emptyState(): Ec2State {
  return {
    options: { ...ec2Defaults },
    serialConsole: false,
    vpcs: new Map(),
    subnets: new Map(),
    groups: new Map(),
    interfaces: new Map(),
    instances: new Map(),
    associations: new Map(),
  };
}

export type ResourceKind = 'instance' | 'network-interface' | 'security-group' | 'subnet' | 'vpc';

/** The ARN of a resource of EC2 in the caller's account and Region. `*` for one that does not exist yet. */
export function ec2Arn(call: Call, kind: ResourceKind | 'security-group-rule', id: string): string {
  return `arn:${call.partition}:ec2:${call.region}:${call.account}:${kind}/${id}`;
}
