import type * as Iam from '@aws-sdk/client-iam';
import type { Call, Operations } from '../operation.ts';
import { checkPolicy } from '../policy/document.ts';
import { anything, reads, writes } from './define.ts';
import {
  arnOf,
  changeableRoleOf,
  encoded,
  newName,
  pathOf,
  roleOf,
  state,
  tagContext,
  tagList,
  tagsOf,
  theRole,
} from './entities.ts';
import { deleteConflict, invalidInput, limitExceeded, malformedPolicy, validationError } from './errors.ts';
import { page } from './paging.ts';
import { requirePolicy } from './policy-lookup.ts';
import type { Role } from './state.ts';

/** A role as lists show it: without tags, boundary and last use. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html */
export function roleShape(call: Call, role: Role): Iam.Role {
  return {
    RoleName: role.name,
    RoleId: role.id,
    Path: role.path,
    Arn: arnOf(call, 'role', role),
    CreateDate: new Date(role.created),
    AssumeRolePolicyDocument: encoded(role.trust),
    MaxSessionDuration: role.maxSession,
    ...(role.description !== undefined && { Description: role.description }),
  };
}

function wholeRole(call: Call, role: Role): Iam.Role {
  return {
    ...roleShape(call, role),
    RoleLastUsed: role.lastUsed === undefined ? {} : { LastUsedDate: new Date(role.lastUsed.at), Region: role.lastUsed.region },
    ...(role.tags.size > 0 && { Tags: tagList(role.tags) }),
    ...(role.boundary !== undefined && {
      PermissionsBoundary: { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn: role.boundary },
    }),
  };
}

function checkedTrust(call: Call, document = ''): string {
  const fault = checkPolicy(document, 'trust');
  if (fault !== undefined) throw malformedPolicy(fault);
  const { trustPolicySize } = state(call).limits;
  if (document.replace(/\s/g, '').length > trustPolicySize)
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${trustPolicySize}`);
  return document;
}

function checkedSession(seconds = 3_600): number {
  if (seconds < 3_600 || seconds > 43_200)
    throw validationError(`Value '${seconds}' at 'maxSessionDuration' failed to satisfy constraint: between 3600 and 43200`);
  return seconds;
}

function addRole(call: Call, given: Pick<Role, 'name' | 'path' | 'trust' | 'maxSession' | 'tags'>): Role {
  const { roles, limits } = state(call);
  if (roles.size >= limits.roles) throw limitExceeded(`Cannot exceed quota for RolesPerAccount: ${limits.roles}`);
  const role: Role = { ...given, id: call.id('AROA'), created: call.now, inline: new Map(), attached: [] };
  roles.set(role.name.toLowerCase(), role);
  return role;
}

export const roleOperations: Operations = {
  CreateRole: writes<Iam.CreateRoleRequest, Iam.CreateRoleResponse>(
    'CreateRole',
    (call, input) => ({
      arn: arnOf(call, 'role', { path: input.Path ?? '/', name: input.RoleName ?? '' }),
      context: {
        ...tagContext(input.Tags),
        ...(input.PermissionsBoundary !== undefined && { 'iam:PermissionsBoundary': input.PermissionsBoundary }),
      },
    }),
    (call, input) => {
      const { roles, limits } = state(call);
      const path = pathOf(input.Path);
      if (/^\/(aws-service-role|aws-reserved)\//.test(path)) throw invalidInput(`Path ${path} is reserved.`);
      const boundary = input.PermissionsBoundary === undefined ? undefined : requirePolicy(call, input.PermissionsBoundary).arn;
      const role = addRole(call, {
        name: newName('Role', roles, input.RoleName),
        path,
        trust: checkedTrust(call, input.AssumeRolePolicyDocument),
        maxSession: checkedSession(input.MaxSessionDuration),
        tags: tagsOf(input.Tags, limits),
      });
      if (input.Description !== undefined) role.description = input.Description;
      if (boundary !== undefined) role.boundary = boundary;
      const { RoleLastUsed: _, ...shape } = wholeRole(call, role);
      return { Role: shape as Iam.Role };
    },
  ),
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
  CreateServiceLinkedRole: writes<Iam.CreateServiceLinkedRoleRequest, Iam.CreateServiceLinkedRoleResponse>(
    'CreateServiceLinkedRole',
    (call, input) => ({
      arn: `arn:${call.partition}:iam::${call.account}:role/aws-service-role/${input.AWSServiceName}/${serviceLinkedName(input)}`,
      context: { 'iam:AWSServiceName': input.AWSServiceName ?? '' },
    }),
    (call, input) => {
      const Principal = { Service: input.AWSServiceName };
      const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] };
      const role = addRole(call, {
        name: newName('Role', state(call).roles, serviceLinkedName(input)),
        path: `/aws-service-role/${input.AWSServiceName}/`,
        trust: JSON.stringify(trust),
        maxSession: 3_600,
        tags: new Map(),
      });
      return { Role: roleShape(call, role) };
    },
  ),
  GetRole: reads<Iam.GetRoleRequest, Iam.GetRoleResponse>('GetRole', theRole, (call, input) => ({
    Role: wholeRole(call, roleOf(call, input)),
  })),
  ListRoles: reads<Iam.ListRolesRequest, Iam.ListRolesResponse>('ListRoles', anything, (call, input) => {
    const all = [...state(call).roles.values()].filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'));
    const { items, more } = page(call, input, all, ({ name }) => name);
    return { Roles: items.map((role) => roleShape(call, role)), ...more };
  }),
  UpdateRole: writes<Iam.UpdateRoleRequest, object>('UpdateRole', theRole, (call, input) => {
    const role = changeableRoleOf(call, input);
    const maxSession = input.MaxSessionDuration === undefined ? role.maxSession : checkedSession(input.MaxSessionDuration);
    role.maxSession = maxSession;
    if (input.Description !== undefined) role.description = input.Description;
    return {};
  }),
  UpdateAssumeRolePolicy: writes<Iam.UpdateAssumeRolePolicyRequest, object>('UpdateAssumeRolePolicy', theRole, (call, input) => {
    const role = changeableRoleOf(call, input);
    role.trust = checkedTrust(call, input.PolicyDocument);
    return {};
  }),
  DeleteRole: writes<Iam.DeleteRoleRequest, object>('DeleteRole', theRole, (call, input) => {
    const role = changeableRoleOf(call, input);
    const { roles, profiles } = state(call);
    // https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
    if (role.inline.size > 0) throw deleteConflict('Cannot delete entity, must delete policies first.');
    if (role.attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.');
    if ([...profiles.values()].some((profile) => profile.role === role.name.toLowerCase()))
      throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
    roles.delete(role.name.toLowerCase());
    return {};
  }),
};

function serviceLinkedName(input: Iam.CreateServiceLinkedRoleRequest): string {
  const [service = ''] = (input.AWSServiceName ?? '').split('.');
  const suffix = input.CustomSuffix === undefined ? '' : `_${input.CustomSuffix}`;
  return `AWSServiceRoleFor${service.charAt(0).toUpperCase()}${service.slice(1)}${suffix}`;
}
