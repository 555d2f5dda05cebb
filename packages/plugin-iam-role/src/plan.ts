import { inlineDeny, markPrincipal, principalOn, unconditionalDeny } from '@entity-lockdown/iam-deny';
import type { Change, Entity, Stage, Undo } from '@entity-lockdown/plugin-api';
import type { RoleSettings } from './settings.ts';
import type { RoleState } from './state.ts';

/** The deny that needs nothing but the ARN. */
export function immediate(entity: Entity): readonly Change<RoleSettings>[] {
  return [inlineDeny({ on: principalOn(entity.arn), arn: entity.arn })];
}

/** Two denies that do not rest on one another. They hold for sessions of before and of after alike. */
export function plan(now: RoleState): readonly Stage<RoleSettings>[] {
  const { principal, missing } = now;
  if (missing !== undefined || !principal.exists) return [];
  const changes: readonly Change<RoleSettings>[] = [...unconditionalDeny(principal), markPrincipal(principal)];
  return [{ title: 'Deny everything to the role', changes }];
}

/** The mark goes last: it tells that something may be left to undo. */
export const release: readonly Undo<RoleSettings>[] = [
  ['iam.principal.boundary', 'iam.principal.attached-deny', 'iam.principal.inline-deny'],
  'iam.principal.mark',
];
