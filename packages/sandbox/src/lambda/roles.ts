import type { Role } from '../iam/state.ts';
import { iamOf } from '../iam/state.ts';
import type { Call, Demand } from '../operation.ts';
import { awsError } from '../operation.ts';
import { invalidRequest, invalidValue } from './errors.ts';
import type { Place } from './state.ts';

const roleForm = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]{1,64})$/;

/** The role of an ARN, where it exists: in whichever account, and under just this path. */
export function roleWithArn(place: Place, arn: string): Role | undefined {
  const [, account, name] = roleForm.exec(arn) ?? [];
  if (account === undefined || name === undefined || !place.world.data.accounts.has(account)) return undefined;
  const role = iamOf(place.world, account).roles.get(name.toLowerCase());
  return role !== undefined && arn === `arn:${place.world.partitionOf(account)}:iam::${account}:role${role.path}${role.name}`
    ? role
    : undefined;
}

/** A role that a function may be given: of its own account, and there. https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html */
export function checkedRole(call: Call, arn: string | undefined): string {
  const account = roleForm.exec(arn ?? '')?.[1];
  if (arn === undefined || account === undefined) throw invalidRequest('role', arn ?? 'null');
  if (account !== call.account) throw awsError('AccessDeniedException', 'Cross-account pass role is not allowed.', 403);
  if (roleWithArn(call, arn) === undefined) throw invalidValue('The role defined for the function cannot be assumed by Lambda.');
  return arn;
}

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html. For a role of another account no permission helps,
 * and `checkedRole` says so.
 */
export function passRoleDemands(call: Call, role: string | undefined): readonly Demand[] {
  if (role === undefined || roleForm.exec(role)?.[1] !== call.account) return [];
  return [{ action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': 'lambda.amazonaws.com' } }];
}
