import { notPermitted } from './errors.ts';
import type { Ec2State, Instance, Interface } from './state.ts';

/**
 * EC2 managed instances can't be changed or terminated but by the service that manages them; only tags can be set. The page does
 * not name the error's code: `OperationNotPermitted` is an assumption.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/amazon-ec2-managed-instances.html
 */
export function refuseManaged(instance: Instance): void {
  if (instance.operator !== undefined)
    throw notPermitted(`The instance '${instance.id}' is managed by ${instance.operator}. You can't modify it directly.`);
}

/**
 * Requester-managed interfaces can be tagged, and nothing else. The page does not name the error's code: `OperationNotPermitted`
 * is an assumption. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html
 */
export function refuseManagedInterface(state: Ec2State, found: Interface): void {
  if (found.requester !== undefined) throw notPermitted(`The network interface '${found.id}' is managed by ${found.requester}.`);
  const instance = found.attachment === undefined ? undefined : state.instances.get(found.attachment.instance);
  if (instance !== undefined) refuseManaged(instance);
}
