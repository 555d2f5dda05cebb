import { BlockList } from 'node:net';
import { attachmentAt, isDeleted } from './interface-view.ts';
import { stateAt } from './lifecycle.ts';
import type { Ec2State, GroupRule, Interface, Place } from './state.ts';
import { ec2State } from './state.ts';

/**
 * A small model of TCP connections through an instance's interface, for what groups do and don't cut.
 *
 * Documented, and modelled as it is documented
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html):
 * - A tracked connection goes on, whatever becomes of the rules.
 * - A connection is not tracked where a rule allows it from or to everywhere (`0.0.0.0/0`, or `::/0` for IPv6) and a rule of the
 *   other direction allows all ports to or from everywhere. It ends as soon as the rules no longer allow it.
 * - Through a NAT gateway and a few other things every connection is tracked, whatever the rules.
 *
 * Assumed, as no page of AWS says so: a tracked connection stops being tracked when such rules come to apply to it. Containment by
 * an untrack group rests on this. Set `untracks: false` for a world in which it does not hold.
 *
 * Not modelled: ICMP and UDP, idle time-outs, network ACLs, routes.
 */
export interface Connection {
  readonly id: string;
  readonly interface: string;
  readonly family: 'ipv4' | 'ipv6';
  /** Who opened it: `outbound` is a reverse shell, `inbound` an SSH session. */
  readonly direction: 'inbound' | 'outbound';
  /** The address at the other end. */
  readonly peer: string;
  /** The port of the side that was called. */
  readonly port: number;
  readonly via: Via;
  tracked: boolean;
  readonly opened: number;
  /** Why it ended, where it did. */
  ended?: { readonly at: number; readonly why: string };
}

/** What a connection passes through on its way. */
export type Via =
  | 'internet-gateway'
  | 'vpc'
  | 'transit-gateway'
  | 'nat-gateway'
  | 'egress-only-internet-gateway'
  | 'global-accelerator'
  | 'network-firewall'
  | 'network-load-balancer'
  | 'interface-endpoint';

/** Tracked whatever the rules (same page, "Automatically tracked connections"). A transit gateway is not among them. */
const alwaysTracked: ReadonlySet<Via> = new Set<Via>([
  'nat-gateway',
  'egress-only-internet-gateway',
  'global-accelerator',
  'network-firewall',
  'network-load-balancer',
  'interface-endpoint',
]);

export interface OpenConnection {
  readonly interface: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly direction?: 'inbound' | 'outbound';
  readonly peer?: string;
  readonly port?: number;
  readonly via?: Via;
}

interface ConnectionState {
  untracks: boolean;
  /** In the order in which they were opened. */
  readonly connections: Connection[];
}

/** Fields that are no part of what a containment has to give back: whether two worlds are alike does not depend on them. */
export const ec2VolatileFields: readonly string[] = ['connections'];

function connectionState(place: Place): ConnectionState {
  return place.world.slot('ec2-connections', place.account, place.region, () => ({ untracks: true, connections: [] }));
}

/** Says whether tracked connections stop being tracked under an untrack group. It is assumed unless this is called. */
export function assumeUntracking(place: Place, untracks: boolean): void {
  connectionState(place).untracks = untracks;
}

/** Opens a connection, or answers undefined where the groups do not allow it or the instance does not run. */
export function openConnection(place: Place, now: number, wanted: OpenConnection): Connection | undefined {
  const state = ec2State(place);
  const { connections } = connectionState(place);
  const flow = {
    interface: wanted.interface,
    family: wanted.family,
    direction: wanted.direction ?? 'outbound',
    peer: wanted.peer ?? (wanted.family === 'ipv4' ? '203.0.113.66' : '2001:db8:ffff::66'),
    port: wanted.port ?? 443,
    via: wanted.via ?? 'internet-gateway',
  } as const;
  const found = state.interfaces.get(flow.interface);
  if (found === undefined) throw new Error(`there is no interface ${flow.interface}`);
  if (flow.family === 'ipv6' && found.ipv6Addresses.length === 0) return undefined;
  if (notCarrying(state, found, now) !== undefined) return undefined;
  const rules = rulesOf(state, found);
  if (!allows(state, rules, flow)) return undefined;
  const connection: Connection = {
    id: `connection-${connections.length + 1}`,
    ...flow,
    tracked: alwaysTracked.has(flow.via) || !untrackedBy(rules, flow),
    opened: now,
  };
  connections.push(connection);
  return connection;
}

/** Whether a connection could be opened now. */
export function canConnect(place: Place, now: number, wanted: OpenConnection): boolean {
  const { connections } = connectionState(place);
  const opened = openConnection(place, now, wanted);
  if (opened !== undefined) connections.pop();
  return opened !== undefined;
}

/** The connections of an interface, those that have ended too. */
export function connectionsOf(place: Place, now: number, networkInterface: string): readonly Connection[] {
  const { untracks, connections } = connectionState(place);
  return connections
    .filter((each) => each.interface === networkInterface)
    .map((each) => followed(ec2State(place), untracks, each, now));
}

/** Brings all connections up to date. Called after whatever may cut one: groups, rules, attachments, states. */
export function followConnections(place: Place, now: number): void {
  const { untracks, connections } = connectionState(place);
  const state = ec2State(place);
  connections.forEach((each, at) => {
    connections[at] = followed(state, untracks, each, now);
  });
}

function followed(state: Ec2State, untracks: boolean, connection: Connection, now: number): Connection {
  if (connection.ended !== undefined) return connection;
  const found = state.interfaces.get(connection.interface);
  const broken = found === undefined ? 'its interface is gone' : notCarrying(state, found, now);
  if (found === undefined || broken !== undefined) return { ...connection, ended: { at: now, why: broken ?? '' } };
  if (alwaysTracked.has(connection.via)) return connection;
  const rules = rulesOf(state, found);
  if (untrackedBy(rules, connection)) return connection.tracked && !untracks ? connection : { ...connection, tracked: false };
  if (connection.tracked) return connection;
  // It was not tracked, so each packet is looked at as if it were the first.
  if (allows(state, rules, connection)) return { ...connection, tracked: true };
  return { ...connection, ended: { at: now, why: 'it was not tracked, and no rule allows it' } };
}

function notCarrying(state: Ec2State, found: Interface, now: number): string | undefined {
  const attachment = isDeleted(state, found, now) ? undefined : attachmentAt(state, found, now);
  if (attachment === undefined) return 'its interface is not attached';
  const instance = state.instances.get(attachment.instance);
  const current = instance === undefined ? 'terminated' : stateAt(instance.lifecycle, now).name;
  return current === 'running' ? undefined : `its instance is ${current}`;
}

function rulesOf(state: Ec2State, found: Interface): readonly GroupRule[] {
  return found.groups.flatMap((id) => state.groups.get(id)?.rules ?? []);
}

type Flow = Pick<Connection, 'family' | 'direction' | 'peer' | 'port'>;

const everywhere = { ipv4: '0.0.0.0/0', ipv6: '::/0' } as const;

function allowsPort(rule: GroupRule, port: number): boolean {
  return rule.protocol === '-1' || (rule.protocol === 'tcp' && (rule.from ?? 0) <= port && port <= (rule.to ?? 65_535));
}

function allowsAllPorts(rule: GroupRule): boolean {
  return rule.protocol === '-1' || (rule.protocol === 'tcp' && rule.from === 0 && rule.to === 65_535);
}

function toEverywhere(rule: GroupRule, family: Connection['family']): boolean {
  return rule.peer.value === everywhere[family];
}

/** Whether the rules let a connection pass without tracking it. */
function untrackedBy(rules: readonly GroupRule[], flow: Flow): boolean {
  const opening = flow.direction === 'inbound' ? 'ingress' : 'egress';
  const open = rules.filter((rule) => toEverywhere(rule, flow.family));
  return (
    open.some((rule) => rule.direction === opening && allowsPort(rule, flow.port)) &&
    open.some((rule) => rule.direction !== opening && allowsAllPorts(rule))
  );
}

/** Whether a rule lets the first packet pass. */
function allows(state: Ec2State, rules: readonly GroupRule[], flow: Flow): boolean {
  const opening = flow.direction === 'inbound' ? 'ingress' : 'egress';
  return rules.some((rule) => rule.direction === opening && allowsPort(rule, flow.port) && isPeer(state, rule, flow));
}

function isPeer(state: Ec2State, rule: GroupRule, flow: Flow): boolean {
  if (rule.peer.kind === 'group') {
    const addresses = [...state.interfaces.values()]
      .filter((found) => found.groups.includes(rule.peer.value))
      .flatMap((found) => [found.address, ...found.ipv6Addresses]);
    return addresses.includes(flow.peer);
  }
  if (rule.peer.kind !== flow.family) return false;
  const [address, bits] = rule.peer.value.split('/');
  if (address === undefined || bits === undefined) return false;
  const block = new BlockList();
  block.addSubnet(address, Number(bits), flow.family);
  return block.check(flow.peer, flow.family);
}
