import type { InstanceStateName, Lifecycle } from './state.ts';

/**
 * The state of an instance at a time, from what was stored when its last change began: nothing has to happen in between.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
 */
export function stateAt(lifecycle: Lifecycle, now: number): { readonly name: InstanceStateName; readonly since: number } {
  const next = lifecycle.next;
  return next !== undefined && now >= next.at
    ? { name: next.name, since: next.at }
    : { name: lifecycle.name, since: lifecycle.since };
}

/** A state, and after some seconds the next. Without seconds, the next at once. */
export function entering(now: number, name: InstanceStateName, next: InstanceStateName, seconds: number): Lifecycle {
  if (seconds === 0) return { name: next, since: now };
  return { name, since: now, next: { name: next, at: now + seconds * 1_000 } };
}

const codes: { readonly [name in InstanceStateName]: number } = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

/** A state as the API prints it: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html */
export function printedState(name: InstanceStateName): { Code: number; Name: InstanceStateName } {
  return { Code: codes[name], Name: name };
}
