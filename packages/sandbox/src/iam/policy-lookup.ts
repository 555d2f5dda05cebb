import type { Call } from '../operation.ts';
import { awsManagedPolicies } from './aws-managed.ts';
import { invalidInput, noSuchEntity } from './errors.ts';
import { iamOf, type ManagedPolicy } from './state.ts';

/** A managed policy by its ARN: the account's own, or one of AWS. */
export function policyWith(call: Pick<Call, 'world' | 'account' | 'partition'>, arn: string): ManagedPolicy | undefined {
  return iamOf(call.world, call.account).policies.get(arn) ?? awsManagedPolicies(call.partition).get(arn);
}

export function requirePolicy(call: Call, arn: string): ManagedPolicy {
  if (!/^arn:[\w-]+:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/.test(arn)) throw invalidInput(`ARN ${arn} is not valid.`);
  const found = policyWith(call, arn);
  if (found === undefined) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  return found;
}

/** The document in force. */
export function documentOf(policy: ManagedPolicy): string {
  return policy.versions.find(({ id }) => id === policy.defaultVersion)?.document ?? '{}';
}
