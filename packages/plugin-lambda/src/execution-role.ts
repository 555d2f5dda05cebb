import { type PrincipalState, principalOn, uneditable } from '@entity-lockdown/iam-deny';
import { arnOf } from '@entity-lockdown/plugin-api';
import type { FunctionState } from './state.ts';

/** How the execution role stands: it can be denied, it is not there, or why it can't be denied from here. */
export type ExecutionRole =
  | { readonly deniable: PrincipalState }
  | { readonly gone: string }
  | { readonly foreign: string; readonly account: string }
  | { readonly uneditable: string; readonly refused: string; readonly instead: string };

/** The execution role that the function has now; undefined where there is no function. Pure. */
export function executionRole(now: FunctionState): ExecutionRole | undefined {
  const role = now.configuration?.role;
  if (role === undefined) return undefined;
  const { account } = arnOf(role);
  if (account !== arnOf(now.arn).account) return { foreign: role, account };
  const refusal = uneditable(role);
  if (refusal !== undefined) return { uneditable: role, ...refusal };
  const principal = now.roles[principalOn(role)];
  return principal?.exists ? { deniable: principal } : { gone: role };
}
