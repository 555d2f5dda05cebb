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

/**
 * The permissions that reading a principal and `unconditionalDeny` need, with `markPrincipal`. `resources` are templates. A plugin that
 * makes `inlineDeny` at once may have to take it back while it contains: the look may show that the principal is not the one meant.
 */
export function unconditionalDenyGrants(
  kind: PrincipalKind,
  resources: readonly string[],
  isImmediate: boolean = false,
): readonly Grant[] {
  const of = kind === 'user' ? 'User' : 'Role';
  const actions = (...names: readonly string[]): Actions => names.map((name) => `iam:${name}` as const);
  return [
    readGrant(kind, resources),
    {
      sessions: ['contain'],
      actions: actions(`Put${of}Policy`),
      resources,
      why: `deny everything to the ${kind} by an inline policy`,
    },
    {
      sessions: ['contain', 'release'],
      actions: actions(`Attach${of}Policy`),
      resources,
      conditions: { ArnLike: { 'iam:PolicyARN': denyAll } },
      why: `attach AWSDenyAll to the ${kind}, and give it back where somebody had attached it before`,
    },
    {
      sessions: ['contain'],
      actions: actions(`Put${of}PermissionsBoundary`),
      resources,
      conditions: { StringLike: { 'iam:PermissionsBoundary': denyAll } },
      why: 'deny everything by the permissions boundary where the quotas leave no room for policies',
    },
    {
      sessions: ['contain'],
      actions: actions(`Tag${of}`),
      resources,
      why: `tell others by a tag that the ${kind} is contained`,
      optional: 'no tag tells others that it is contained',
    },
    {
      sessions: isImmediate ? ['contain', 'release'] : ['release'],
      actions: actions(`Delete${of}Policy`),
      resources,
      why: isImmediate ? 'remove the inline policy, also where a look shows that another was meant' : 'remove the inline policy',
    },
    {
      sessions: ['release'],
      actions: actions(`Detach${of}Policy`),
      resources,
      conditions: { ArnLike: { 'iam:PolicyARN': denyAll } },
      why: 'take AWSDenyAll away again',
    },
    {
      sessions: ['release'],
      actions: actions(`Put${of}PermissionsBoundary`, `Delete${of}PermissionsBoundary`),
      resources,
      why: 'put the permissions boundary back as it was',
    },
    {
      sessions: ['release'],
      actions: actions(`Untag${of}`),
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
