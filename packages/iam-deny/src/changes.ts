import { arnOf, type Change, type ChangeOf, iamName, resourceOf } from '@entity-lockdown/plugin-api';
import { denyAllArn } from './policy.ts';
import { principalKind } from './principal.ts';
import type { ConditionalDenySettings, UnconditionalDenySettings } from './settings.ts';

/** A principal to deny: `PrincipalState` is one. */
export interface DenyTarget {
  /** `principalOn(arn)`. */
  readonly on: string;
  /** The full ARN, where it is known. */
  readonly arn?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: a change does not depend on what the plugin's state is
type Deny = UnconditionalDenySettings<any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
type DenyToSource = ConditionalDenySettings<any>;

/** The deny that needs no look: an inline policy of ours. For a plugin's `immediate`; `unconditionalDeny` wants it again. */
export function inlineDeny(target: DenyTarget): ChangeOf<Deny, 'iam.principal.inline-deny'> {
  return {
    setting: 'iam.principal.inline-deny',
    ...place(target),
    to: 'deny',
    title: `Deny everything to ${titled(target.on)} by an inline policy`,
  };
}

function attachedDeny(target: DenyTarget): ChangeOf<Deny, 'iam.principal.attached-deny'> {
  return {
    setting: 'iam.principal.attached-deny',
    ...place(target),
    to: true,
    title: `Attach AWSDenyAll to ${titled(target.on)}`,
  };
}

function boundaryDeny(target: DenyTarget): ChangeOf<Deny, 'iam.principal.boundary'> {
  return {
    setting: 'iam.principal.boundary',
    ...place(target),
    to: denyAllArn(arnOf(target.on).partition),
    title: `Make AWSDenyAll the permissions boundary of ${titled(target.on)}`,
  };
}

/**
 * Two denies that do not rest on one another, for old and new sessions and keys alike: an inline policy and AWSDenyAll attached. Each
 * has the other and then the permissions boundary as its `else`: a boundary needs no room in a quota.
 */
export function unconditionalDeny(target: DenyTarget): readonly Change<Deny>[] {
  return [
    { ...inlineDeny(target), else: { ...attachedDeny(target), else: boundaryDeny(target) } },
    { ...attachedDeny(target), else: { ...inlineDeny(target), else: boundaryDeny(target) } },
  ];
}

/**
 * A deny on a role for one instance or one function alone, given by its (unqualified) ARN: an inline policy, else a managed one. There
 * is no wider `else`: what else uses the role is not to be cut off without being asked for.
 */
export function conditionalDeny(role: DenyTarget, source: string): readonly Change<DenyToSource>[] {
  const target = { ...place(role), on: `${role.on}#${source}` };
  const what = `everything to ${titled(role.on)} as used by ${nameOf(source)}`;
  return [
    {
      setting: 'iam.role.conditional-deny',
      ...target,
      to: 'deny',
      title: `Deny ${what} by an inline policy`,
      else: {
        setting: 'iam.role.conditional-managed-deny',
        ...target,
        to: 'deny',
        title: `Deny ${what} by a managed policy`,
      },
    },
  ];
}

/** The tag that tells other ledgers and people that the principal is contained. It cuts nothing off. */
export function markPrincipal(target: DenyTarget): ChangeOf<Deny, 'iam.principal.mark'> {
  return {
    setting: 'iam.principal.mark',
    ...place(target),
    to: 'marked',
    title: `Tag ${titled(target.on)} as contained`,
    optional: `${titled(target.on)} has no tag that tells others that it is contained`,
  };
}

function place({ on, arn }: DenyTarget): { readonly on: string; readonly arn?: string } {
  return arn === undefined || arn === on ? { on } : { on, arn };
}

function titled(on: string): string {
  return `the ${principalKind(on)} ${iamName(arnOf(resourceOf(on)).resource)}`;
}

function nameOf(source: string): string {
  return arnOf(source).resource.replace(/^(instance\/|function:)/, '');
}
