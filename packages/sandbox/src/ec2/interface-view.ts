import { stateAt } from './lifecycle.ts';
import type { Attachment, Ec2State, Interface } from './state.ts';

// When an instance has terminated, its interfaces are deleted or set free, as their attachments say; nothing runs at that moment,
// so it is worked out from the time whenever somebody looks.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html#eni-basics

function isOver(state: Ec2State, attachment: Attachment, now: number): boolean {
  const instance = state.instances.get(attachment.instance);
  return instance === undefined || stateAt(instance.lifecycle, now).name === 'terminated';
}

/** Whether an interface went away with its instance. */
export function isDeleted(state: Ec2State, found: Interface, now: number): boolean {
  return found.attachment?.deleteOnTermination === true && isOver(state, found.attachment, now);
}

/** The attachment of an interface, unless its instance has terminated. */
export function attachmentAt(state: Ec2State, found: Interface, now: number): Attachment | undefined {
  return found.attachment === undefined || isOver(state, found.attachment, now) ? undefined : found.attachment;
}

/** The interfaces that exist. */
export function currentInterfaces(state: Ec2State, now: number): readonly Interface[] {
  return [...state.interfaces.values()].filter((found) => !isDeleted(state, found, now));
}

/** The interfaces of instances that have not terminated, by instance, in the order of their device index. */
export function interfacesByInstance(state: Ec2State, now: number): ReadonlyMap<string, readonly Interface[]> {
  const byInstance = new Map<string, Interface[]>();
  for (const found of [...state.interfaces.values()]) {
    const attachment = attachmentAt(state, found, now);
    if (attachment === undefined) continue;
    const others = byInstance.get(attachment.instance);
    if (others === undefined) byInstance.set(attachment.instance, [found]);
    else others.push(found);
  }
  for (const interfaces of byInstance.values())
    interfaces.sort((one, other) => (one.attachment?.deviceIndex ?? 0) - (other.attachment?.deviceIndex ?? 0));
  return byInstance;
}

export function interfacesOf(state: Ec2State, instance: string, now: number): readonly Interface[] {
  return interfacesByInstance(state, now).get(instance) ?? [];
}

/** Forgets what went away with instances that have terminated. Changes nothing that anybody can see. */
export function tidy(state: Ec2State, now: number): void {
  for (const found of [...state.interfaces.values()]) {
    if (isDeleted(state, found, now)) state.interfaces.delete(found.id);
    else if (found.attachment !== undefined && isOver(state, found.attachment, now)) delete found.attachment;
  }
}
