import type * as Iam from '@aws-sdk/client-iam';
import type { Call, Operations } from '../operation.ts';
import { anything, reads, writes } from './define.ts';
import { arnOf, groupOf, newName, pathOf, state, theGroup, theUser, userOf } from './entities.ts';
import { deleteConflict, limitExceeded, noSuchEntity } from './errors.ts';
import { page } from './paging.ts';
import type { Group, User } from './state.ts';
import { userShape } from './users.ts';

function groupShape(call: Call, group: Group): Iam.Group {
  return {
    GroupName: group.name,
    GroupId: group.id,
    Path: group.path,
    Arn: arnOf(call, 'group', group),
    CreateDate: new Date(group.created),
  };
}

function membersOf(call: Call, group: Group): User[] {
  return [...state(call).users.values()].filter(({ groups }) => groups.includes(group.name.toLowerCase()));
}

export const groupOperations: Operations = {
  CreateGroup: writes<Iam.CreateGroupRequest, Iam.CreateGroupResponse>(
    'CreateGroup',
    (call, input) => ({ arn: arnOf(call, 'group', { path: input.Path ?? '/', name: input.GroupName ?? '' }) }),
    (call, input) => {
      const { groups } = state(call);
      const name = newName('Group', groups, input.GroupName, 128);
      const path = pathOf(input.Path);
      const group: Group = { name, path, id: call.id('AGPA'), created: call.now, inline: new Map(), attached: [] };
      groups.set(name.toLowerCase(), group);
      return { Group: groupShape(call, group) };
    },
  ),
  GetGroup: reads<Iam.GetGroupRequest, Iam.GetGroupResponse>('GetGroup', theGroup, (call, input) => {
    const group = groupOf(call, input);
    const { items, more } = page(call, input, membersOf(call, group), ({ name }) => name);
    return { Group: groupShape(call, group), Users: items.map((user) => userShape(call, user)), ...more };
  }),
  ListGroups: reads<Iam.ListGroupsRequest, Iam.ListGroupsResponse>('ListGroups', anything, (call, input) => {
    const all = [...state(call).groups.values()].filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'));
    const { items, more } = page(call, input, all, ({ name }) => name);
    return { Groups: items.map((group) => groupShape(call, group)), ...more };
  }),
  DeleteGroup: writes<Iam.DeleteGroupRequest, object>('DeleteGroup', theGroup, (call, input) => {
    const group = groupOf(call, input);
    if (membersOf(call, group).length > 0) throw deleteConflict('Cannot delete entity, must remove users from group first.');
    if (group.inline.size > 0) throw deleteConflict('Cannot delete entity, must delete policies first.');
    if (group.attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.');
    state(call).groups.delete(group.name.toLowerCase());
    return {};
  }),
  AddUserToGroup: writes<Iam.AddUserToGroupRequest, object>('AddUserToGroup', theGroup, (call, input) => {
    const group = groupOf(call, input);
    const user = userOf(call, input);
    const name = group.name.toLowerCase();
    if (user.groups.includes(name)) return {};
    const { groupsPerUser } = state(call).limits;
    if (user.groups.length >= groupsPerUser) throw limitExceeded(`Cannot exceed quota for GroupsPerUser: ${groupsPerUser}`);
    user.groups.push(name);
    return {};
  }),
  RemoveUserFromGroup: writes<Iam.RemoveUserFromGroupRequest, object>('RemoveUserFromGroup', theGroup, (call, input) => {
    const group = groupOf(call, input);
    const user = userOf(call, input);
    const at = user.groups.indexOf(group.name.toLowerCase());
    if (at === -1) throw noSuchEntity(`User ${user.name} is not in group ${group.name}.`);
    user.groups.splice(at, 1);
    return {};
  }),
  ListGroupsForUser: reads<Iam.ListGroupsForUserRequest, Iam.ListGroupsForUserResponse>(
    'ListGroupsForUser',
    theUser,
    (call, input) => {
      const { groups } = state(call);
      const all = userOf(call, input).groups.flatMap((name) => groups.get(name) ?? []);
      const { items, more } = page(call, input, all, ({ name }) => name);
      return { Groups: items.map((group) => groupShape(call, group)), ...more };
    },
  ),
};
