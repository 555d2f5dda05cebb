import { followConnections } from './connections.ts';
import { begin } from './instances.ts';
import type { Ec2Options } from './options.ts';
import type { Instance, InstanceStateName, Place } from './state.ts';
import { ec2State } from './state.ts';

// What nobody can bring about through the API, for building worlds and for what happens inside of an instance.

/** Changes options of an account and Region. What is under way keeps the durations it began with. */
export function configureEc2(place: Place, options: Partial<Ec2Options>): void {
  const state = ec2State(place);
  state.options = { ...state.options, ...options };
}

/** Makes an interface one that a service made for itself, and which its owner can't change. */
export function makeRequesterManaged(place: Place, networkInterface: string, requester = 'amazon-elb'): void {
  const found = ec2State(place).interfaces.get(networkInterface);
  if (found === undefined) throw new Error(`there is no interface ${networkInterface}`);
  found.requester = requester;
}

/** Makes an instance an EC2 managed instance of a service, such as `eks.amazonaws.com`. */
export function makeManagedInstance(place: Place, instance: string, operator: string): void {
  theInstance(place, instance).operator = operator;
}

/** Puts an instance into a state at once, in which it stays until something changes it. */
export function putInstanceState(place: Place, now: number, instance: string, name: InstanceStateName): void {
  theInstance(place, instance).lifecycle = { name, since: now };
  followConnections(place, now);
}

/**
 * What `shutdown` does when it is run on the instance: it stops or terminates, as its shutdown behaviour says, whatever its
 * protection. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html#Using_ChangingDisableAPITermination
 */
export function shutDownFromInside(place: Place, now: number, instance: string): void {
  const found = theInstance(place, instance);
  begin(ec2State(place), found, now, found.shutdownBehavior);
  followConnections(place, now);
}

function theInstance(place: Place, id: string): Instance {
  const found = ec2State(place).instances.get(id);
  if (found === undefined) throw new Error(`there is no instance ${id}`);
  return found;
}
