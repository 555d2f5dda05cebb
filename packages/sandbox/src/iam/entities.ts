import type { Call } from '../operation.ts';
import type { Resource } from './define.ts';
import { alreadyExists, invalidInput, limitExceeded, noSuchEntity, unmodifiable, validationError } from './errors.ts';
import type { IamLimits } from './limits.ts';
import { type Group, type Holder, type IamState, type InstanceProfile, iamOf, type Role, type User } from './state.ts';

export function state(call: Call): IamState {
  return iamOf(call.world, call.account);
}

export function arnOf(
  call: Pick<Call, 'partition' | 'account'>,
  kind: string,
  { path, name }: { path: string; name: string },
): string {
  return `arn:${call.partition}:iam::${call.account}:${kind}${path}${name}`;
}

interface OfUser {
  readonly UserName?: string | undefined;
}

/** The user named, or the caller where no name is given and a user calls. */
export function userOf(call: Call, { UserName }: OfUser): User {
  const users = state(call).users;
  const found =
    UserName === undefined ? [...users.values()].find(({ id }) => id === call.caller.userId) : users.get(UserName.toLowerCase());
  if (found !== undefined) return found;
  if (UserName === undefined) throw validationError('Must specify userName when calling with non-User credentials');
  throw noSuchEntity(`The user with name ${UserName} cannot be found.`);
}

export function roleOf(call: Call, { RoleName = '' }: { readonly RoleName?: string | undefined }): Role {
  const found = state(call).roles.get(RoleName.toLowerCase());
  if (found === undefined) throw noSuchEntity(`The role with name ${RoleName} cannot be found.`);
  return found;
}

/**
 * A role that may be changed: not one of a service, and not one of IAM Identity Center.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
 * https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
 */
export function changeableRoleOf(call: Call, input: { readonly RoleName?: string | undefined }): Role {
  const role = roleOf(call, input);
  if (isProtected(role)) throw unmodifiable(role.name);
  return role;
}

export function isProtected(role: Role): boolean {
  return role.path.startsWith('/aws-service-role/') || role.path.startsWith('/aws-reserved/');
}

export function groupOf(call: Call, { GroupName = '' }: { readonly GroupName?: string | undefined }): Group {
  const found = state(call).groups.get(GroupName.toLowerCase());
  if (found === undefined) throw noSuchEntity(`The group with name ${GroupName} cannot be found.`);
  return found;
}

export function profileOf(
  call: Call,
  { InstanceProfileName = '' }: { readonly InstanceProfileName?: string | undefined },
): InstanceProfile {
  const found = state(call).profiles.get(InstanceProfileName.toLowerCase());
  if (found === undefined) throw noSuchEntity(`Instance Profile ${InstanceProfileName} cannot be found.`);
  return found;
}

// Resources for the policies: a name that does not exist is asked for without a path.

export function theUser(call: Call, input: OfUser): Resource {
  const users = state(call).users;
  const { UserName } = input;
  const found =
    UserName === undefined ? [...users.values()].find(({ id }) => id === call.caller.userId) : users.get(UserName.toLowerCase());
  if (found !== undefined) return { arn: arnOf(call, 'user', found), tags: found.tags };
  return { arn: UserName === undefined ? '*' : arnOf(call, 'user', { path: '/', name: UserName }) };
}

export function theRole(call: Call, { RoleName = '' }: { readonly RoleName?: string | undefined }): Resource {
  const found = state(call).roles.get(RoleName.toLowerCase());
  return { arn: arnOf(call, 'role', found ?? { path: '/', name: RoleName }), tags: found?.tags };
}

export function theGroup(call: Call, { GroupName = '' }: { readonly GroupName?: string | undefined }): Resource {
  const found = state(call).groups.get(GroupName.toLowerCase());
  return { arn: arnOf(call, 'group', found ?? { path: '/', name: GroupName }) };
}

export function theProfile(
  call: Call,
  { InstanceProfileName = '' }: { readonly InstanceProfileName?: string | undefined },
): Resource {
  const found = state(call).profiles.get(InstanceProfileName.toLowerCase());
  return { arn: arnOf(call, 'instance-profile', found ?? { path: '/', name: InstanceProfileName }), tags: found?.tags };
}

/** Refuses a name that is taken, whatever its case, or that IAM does not allow. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names */
export function newName(kind: string, taken: ReadonlyMap<string, unknown>, name: string | undefined, longest = 64): string {
  if (name === undefined || !/^[\w+=,.@-]+$/.test(name) || name.length > longest)
    throw validationError(
      `The specified value for ${kind.toLowerCase()}Name is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
    );
  if (taken.has(name.toLowerCase())) throw alreadyExists(`${kind} with name ${name} already exists.`);
  return name;
}

export function pathOf(path: string | undefined): string {
  if (path === undefined) return '/';
  if (!/^\/([!-~]*\/)?$/.test(path)) throw validationError('The specified value for path is invalid.');
  return path;
}

export function tagsOf(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
  limits: IamLimits,
): Map<string, string> {
  return withTags(new Map(), tags ?? [], limits);
}

/** Tags with more of them: keys are one key whatever their case. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules */
export function withTags(
  before: ReadonlyMap<string, string>,
  more: readonly { Key?: string | undefined; Value?: string | undefined }[],
  limits: IamLimits,
): Map<string, string> {
  const tags = new Map(before);
  const given = new Set<string>();
  for (const { Key = '', Value = '' } of more) {
    if (Key.toLowerCase().startsWith('aws:')) throw invalidInput('System tags cannot be added/updated/deleted.');
    if (given.has(Key.toLowerCase()))
      throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    given.add(Key.toLowerCase());
    for (const known of tags.keys()) if (known.toLowerCase() === Key.toLowerCase()) tags.delete(known);
    tags.set(Key, Value);
  }
  if (tags.size > limits.tags) throw limitExceeded(`The number of tags has reached the maximum limit.`);
  return tags;
}

export function tagList(tags: ReadonlyMap<string, string>): { Key: string; Value: string }[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

export function tagContext(tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): {
  [key: string]: string | readonly string[];
} {
  const context: { [key: string]: string | readonly string[] } = {};
  for (const { Key = '', Value = '' } of tags ?? []) context[`aws:RequestTag/${Key}`] = Value;
  if (tags !== undefined) context['aws:TagKeys'] = tags.map(({ Key = '' }) => Key);
  return context;
}

/** Documents are answered percent-encoded as RFC 3986 has it. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html */
export function encoded(document: string): string {
  return encodeURIComponent(document).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Who holds policies: users, roles and groups, whose operations differ in a word. */
export interface Kind<H extends Holder> {
  readonly word: 'User' | 'Role' | 'Group';
  find(call: Call, input: { readonly [member: string]: unknown }): H;
  /** The same where it is about to be changed: refuses what only AWS may change. */
  change(call: Call, input: { readonly [member: string]: unknown }): H;
  resource(call: Call, input: { readonly [member: string]: unknown }): Resource;
  readonly attachedLimit: (limits: IamLimits) => number;
  readonly inlineLimit: (limits: IamLimits) => number;
}

export const userKind: Kind<User> = {
  word: 'User',
  find: (call, input) => userOf(call, input),
  change: (call, input) => userOf(call, input),
  resource: (call, input) => theUser(call, input),
  attachedLimit: ({ attachedPerUser }) => attachedPerUser,
  inlineLimit: ({ inlinePerUser }) => inlinePerUser,
};

export const roleKind: Kind<Role> = {
  word: 'Role',
  find: (call, input) => roleOf(call, input),
  change: (call, input) => changeableRoleOf(call, input),
  resource: (call, input) => theRole(call, input),
  attachedLimit: ({ attachedPerRole }) => attachedPerRole,
  inlineLimit: ({ inlinePerRole }) => inlinePerRole,
};

export const groupKind: Kind<Group> = {
  word: 'Group',
  find: (call, input) => groupOf(call, input),
  change: (call, input) => groupOf(call, input),
  resource: (call, input) => theGroup(call, input),
  attachedLimit: ({ attachedPerGroup }) => attachedPerGroup,
  inlineLimit: ({ inlinePerGroup }) => inlinePerGroup,
};
