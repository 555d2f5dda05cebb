import { type PrincipalState, principalOn, uneditable } from '@entity-lockdown/iam-deny';
import { arnOf } from '@entity-lockdown/plugin-api';
import type { FunctionState } from './state.ts';

/** How an execution role stands: it can be denied, it is not there, or why it can't be denied from here. */
type Standing =
  | { readonly deniable: PrincipalState }
  | { readonly gone: string }
  | { readonly foreign: string; readonly account: string }
  | { readonly uneditable: string; readonly refused: string; readonly instead: string };

/** An execution role; `ofVersion` where published versions keep it and `$LATEST` has another. */
export type ExecutionRole = Standing & { readonly ofVersion: boolean };

/** The execution roles that the function has now, that of `$LATEST` first. Each role once; none where there is no function. Pure. */
export function executionRoles(now: FunctionState): readonly ExecutionRole[] {
  if (now.configuration === null) return [];
  const latest = now.configuration.role;
  // One that was made again under another path is the same role by its name, the only one there is.
  const roles = new Map([[principalOn(latest), latest]]);
  for (const role of now.versionRoles) if (!roles.has(principalOn(role))) roles.set(principalOn(role), role);
  return [...roles.values()].map((role) => ({ ofVersion: role !== latest, ...standing(role, now) }));
}

function standing(role: string, now: FunctionState): Standing {
  const { account } = arnOf(role);
  if (account !== arnOf(now.arn).account) return { foreign: role, account };
  const refusal = uneditable(role);
  if (refusal !== undefined) return { uneditable: role, ...refusal };
  const principal = now.roles[principalOn(role)];
  return principal?.exists ? { deniable: principal } : { gone: role };
}
