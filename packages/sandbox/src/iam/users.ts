import type * as Iam from '@aws-sdk/client-iam';
import type { Call, Operations } from '../operation.ts';
import { anything, reads, writes } from './define.ts';
import { arnOf, newName, pathOf, state, tagContext, tagList, tagsOf, theUser, userOf } from './entities.ts';
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity } from './errors.ts';
import { page } from './paging.ts';
import { requirePolicy } from './policy-lookup.ts';
import type { User } from './state.ts';

/** A user as lists show it: without tags and boundary. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html */
export function userShape(call: Call, user: User): Iam.User {
  return {
    UserName: user.name,
    UserId: user.id,
    Path: user.path,
    Arn: arnOf(call, 'user', user),
    CreateDate: new Date(user.created),
  };
}

function wholeUser(call: Call, user: User): Iam.User {
  return {
    ...userShape(call, user),
    ...(user.tags.size > 0 && { Tags: tagList(user.tags) }),
    ...(user.boundary !== undefined && {
      PermissionsBoundary: { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn: user.boundary },
    }),
  };
}

/** What keeps a user from being deleted. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html */
function keptBy(user: User): string | undefined {
  if (user.accessKeys.length > 0) return 'delete access keys';
  if (user.login !== undefined) return 'delete login profile';
  if (user.serviceCredentials.length > 0) return 'delete service specific credentials';
  if (user.sshKeys.length > 0) return 'delete SSH public keys';
  if (user.certificates.length > 0) return 'delete signing certificates';
  if (user.inline.size > 0) return 'delete policies';
  if (user.attached.length > 0) return 'detach all policies';
  if (user.groups.length > 0) return 'remove users from group';
  return undefined;
}

export const userOperations: Operations = {
  CreateUser: writes<Iam.CreateUserRequest, Iam.CreateUserResponse>(
    'CreateUser',
    (call, input) => ({
      arn: arnOf(call, 'user', { path: input.Path ?? '/', name: input.UserName ?? '' }),
      context: {
        ...tagContext(input.Tags),
        ...(input.PermissionsBoundary !== undefined && { 'iam:PermissionsBoundary': input.PermissionsBoundary }),
      },
    }),
    (call, input) => {
      const { users, limits } = state(call);
      const name = newName('User', users, input.UserName);
      const path = pathOf(input.Path);
      if (users.size >= limits.users) throw limitExceeded(`Cannot exceed quota for UsersPerAccount: ${limits.users}`);
      const user: User = {
        name,
        path,
        id: call.id('AIDA'),
        created: call.now,
        inline: new Map(),
        attached: [],
        tags: tagsOf(input.Tags, limits),
        groups: [],
        accessKeys: [],
        serviceCredentials: [],
        sshKeys: [],
        certificates: [],
      };
      if (input.PermissionsBoundary !== undefined) user.boundary = requirePolicy(call, input.PermissionsBoundary).arn;
      users.set(name.toLowerCase(), user);
      return { User: wholeUser(call, user) };
    },
  ),
  GetUser: reads<Iam.GetUserRequest, Iam.GetUserResponse>('GetUser', theUser, (call, input) => ({
    User: wholeUser(call, userOf(call, input)),
  })),
  ListUsers: reads<Iam.ListUsersRequest, Iam.ListUsersResponse>('ListUsers', anything, (call, input) => {
    const all = [...state(call).users.values()].filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'));
    const { items, more } = page(call, input, all, ({ name }) => name);
    return { Users: items.map((user) => userShape(call, user)), ...more };
  }),
  // Renaming needs the permission for both names: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_rename.html
  UpdateUser: writes<Iam.UpdateUserRequest, object>(
    'UpdateUser',
    (call, input) => {
      const before = theUser(call, input);
      if (input.NewUserName === undefined && input.NewPath === undefined) return before;
      const user = state(call).users.get((input.UserName ?? '').toLowerCase());
      const path = input.NewPath ?? user?.path ?? '/';
      return [before, { ...before, arn: arnOf(call, 'user', { path, name: input.NewUserName ?? user?.name ?? '' }) }];
    },
    (call, input) => {
      const { users } = state(call);
      const user = userOf(call, input);
      const path = input.NewPath === undefined ? user.path : pathOf(input.NewPath);
      const wanted = input.NewUserName;
      // The case of a name alone may be changed.
      const name =
        wanted === undefined || wanted.toLowerCase() === user.name.toLowerCase()
          ? (wanted ?? user.name)
          : newName('User', users, wanted);
      users.delete(user.name.toLowerCase());
      user.name = name;
      user.path = path;
      users.set(name.toLowerCase(), user);
      return {};
    },
  ),
  DeleteUser: writes<Iam.DeleteUserRequest, object>('DeleteUser', theUser, (call, input) => {
    const user = userOf(call, input);
    const kept = keptBy(user);
    if (kept !== undefined) throw deleteConflict(`Cannot delete entity, must ${kept} first.`);
    state(call).users.delete(user.name.toLowerCase());
    return {};
  }),
  CreateLoginProfile: writes<Iam.CreateLoginProfileRequest, Iam.CreateLoginProfileResponse>(
    'CreateLoginProfile',
    theUser,
    (call, input) => {
      const user = userOf(call, input);
      if (user.login !== undefined) throw alreadyHasLogin(user);
      user.login = { created: call.now, password: input.Password ?? '', resetRequired: input.PasswordResetRequired ?? false };
      return { LoginProfile: loginShape(user) };
    },
  ),
  GetLoginProfile: reads<Iam.GetLoginProfileRequest, Iam.GetLoginProfileResponse>('GetLoginProfile', theUser, (call, input) => {
    const user = userOf(call, input);
    if (user.login === undefined) throw noLogin(user);
    return { LoginProfile: loginShape(user) };
  }),
  DeleteLoginProfile: writes<Iam.DeleteLoginProfileRequest, object>('DeleteLoginProfile', theUser, (call, input) => {
    const user = userOf(call, input);
    if (user.login === undefined) throw noLogin(user);
    delete user.login;
    return {};
  }),
};

function loginShape(user: User): Iam.LoginProfile {
  return {
    UserName: user.name,
    CreateDate: new Date(user.login?.created ?? 0),
    PasswordResetRequired: user.login?.resetRequired ?? false,
  };
}

function noLogin(user: User): Error {
  return noSuchEntity(`Login Profile for User ${user.name} cannot be found.`);
}

function alreadyHasLogin(user: User): Error {
  return alreadyExists(`Login Profile for user ${user.name} already exists.`);
}
