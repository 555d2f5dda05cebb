import type { Grant } from '@entity-lockdown/plugin-api';
import type { PrincipalKind } from './principal.ts';

type Actions = Grant['actions'];

/** A user or role of the entity's name, whatever its path. */
export function namedPrincipal(kind: PrincipalKind): readonly string[] {
  return [`arn:{partition}:iam::{account}:${kind}/{name}`, `arn:{partition}:iam::{account}:${kind}/*/{name}`];
}

// An account lies in one partition: the pattern names one policy.
const denyAll = 'arn:*:iam::aws:policy/AWSDenyAll';
const oursManaged = 'arn:{partition}:iam::{account}:policy/EntityLockdown-*';
const oursAttached = 'arn:*:iam::*:policy/EntityLockdown-*';

/** `iam:PutUserPolicy` or `iam:PutRolePolicy`: IAM's actions for users and roles differ in the kind alone. */
function actionsOn(kind: PrincipalKind, ...names: readonly `${string}*${string}`[]): Actions {
  return names.map((name) => `iam:${name.replace('*', kind === 'user' ? 'User' : 'Role')}` as const);
}

/**
 * The permissions that reading a principal and `unconditionalDeny` need. `resources` are templates.
 *
 * @param immediate set for a plugin that makes `inlineDeny` at once: it may have to take it back while it contains, where the look shows
 *   that the principal is not the one meant
 */
export function unconditionalDenyGrants(
  kind: PrincipalKind,
  resources: readonly string[],
  { immediate = false }: { readonly immediate?: boolean } = {},
): readonly Grant[] {
  return [
    readGrant(kind, resources),
    {
      sessions: ['contain'],
      actions: actionsOn(kind, 'Put*Policy'),
      resources,
      why: `deny everything to the ${kind} by an inline policy`,
    },
    {
      sessions: ['contain', 'release'],
      actions: actionsOn(kind, 'Attach*Policy'),
      resources,
      conditions: { ArnLike: { 'iam:PolicyARN': denyAll } },
      why: `attach AWSDenyAll to the ${kind}, and give it back where somebody had attached it before`,
    },
    {
      sessions: ['contain'],
      actions: actionsOn(kind, 'Put*PermissionsBoundary'),
      resources,
      conditions: { StringLike: { 'iam:PermissionsBoundary': denyAll } },
      why: 'deny everything by the permissions boundary where the quotas leave no room for policies',
    },
    {
      sessions: immediate ? ['contain', 'release'] : ['release'],
      actions: actionsOn(kind, 'Delete*Policy'),
      resources,
      why: immediate ? 'remove the inline policy, also where a look shows that another was meant' : 'remove the inline policy',
    },
    {
      sessions: ['release'],
      actions: actionsOn(kind, 'Detach*Policy'),
      resources,
      conditions: { ArnLike: { 'iam:PolicyARN': denyAll } },
      why: 'take AWSDenyAll away again',
    },
    {
      sessions: ['release'],
      actions: actionsOn(kind, 'Put*PermissionsBoundary', 'Delete*PermissionsBoundary'),
      resources,
      why: 'put the permissions boundary back as it was',
    },
  ];
}

/** The permissions that `markPrincipal` needs. `resources` are templates. */
export function markGrants(kind: PrincipalKind, resources: readonly string[]): readonly Grant[] {
  return [
    {
      sessions: ['contain'],
      actions: actionsOn(kind, 'Tag*'),
      resources,
      why: `tell others by a tag that the ${kind} is contained`,
      optional: 'no tag tells others that it is contained',
    },
    {
      sessions: ['release'],
      actions: actionsOn(kind, 'Untag*'),
      resources,
      why: 'remove the tag',
      optional: 'the tag stays, and must be removed by hand',
    },
  ];
}

/** The permissions that reading a role and `conditionalDeny` need. `resources` are templates. */
export function conditionalDenyGrants(resources: readonly string[]): readonly Grant[] {
  return [
    readGrant('role', resources),
    {
      sessions: ['contain'],
      actions: ['iam:PutRolePolicy'],
      resources,
      why: 'deny everything to one user of the role by an inline policy',
    },
    {
      sessions: ['contain'],
      actions: ['iam:AttachRolePolicy'],
      resources,
      conditions: { ArnLike: { 'iam:PolicyARN': oursAttached } },
      why: 'the same by a managed policy where inline policies have no room',
    },
    {
      sessions: ['contain'],
      actions: ['iam:CreatePolicy', 'iam:CreatePolicyVersion'],
      resources: [oursManaged],
      why: 'make that managed policy, and repair it where it was tampered with',
    },
    {
      sessions: ['contain', 'release'],
      actions: ['iam:GetPolicy', 'iam:GetPolicyVersion', 'iam:ListPolicyVersions', 'iam:DeletePolicyVersion', 'iam:DeletePolicy'],
      resources: [oursManaged],
      why: 'read back that managed policy, and remove it',
    },
    {
      sessions: ['contain', 'release'],
      actions: ['iam:DetachRolePolicy'],
      resources,
      conditions: { ArnLike: { 'iam:PolicyARN': oursAttached } },
      why: 'take that managed policy from the role',
    },
    { sessions: ['release'], actions: ['iam:DeleteRolePolicy'], resources, why: 'remove the inline policy' },
  ];
}

function readGrant(kind: PrincipalKind, resources: readonly string[]): Grant {
  return {
    sessions: ['contain', 'release'],
    actions:
      kind === 'user'
        ? ['iam:GetUser', 'iam:ListAttachedUserPolicies', 'iam:GetUserPolicy']
        : ['iam:GetRole', 'iam:ListAttachedRolePolicies', 'iam:GetRolePolicy'],
    resources,
    why: `see how the ${kind} is, and read back what was changed`,
  };
}
