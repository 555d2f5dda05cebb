import type * as Iam from '@aws-sdk/client-iam';
import type { Call, Operations } from '../operation.ts';
import { anything, reads, writes } from './define.ts';
import {
  arnOf,
  isProtected,
  newName,
  pathOf,
  profileOf,
  roleOf,
  state,
  tagContext,
  tagList,
  tagsOf,
  theProfile,
  theRole,
} from './entities.ts';
import { deleteConflict, limitExceeded, noSuchEntity, unmodifiable } from './errors.ts';
import { page } from './paging.ts';
import { roleShape } from './roles.ts';
import type { InstanceProfile } from './state.ts';

function shape(call: Call, profile: InstanceProfile): Iam.InstanceProfile {
  const role = profile.role === undefined ? undefined : state(call).roles.get(profile.role);
  return {
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Path: profile.path,
    Arn: arnOf(call, 'instance-profile', profile),
    CreateDate: new Date(profile.created),
    Roles: role === undefined ? [] : [roleShape(call, role)],
  };
}

export const instanceProfileOperations: Operations = {
  CreateInstanceProfile: writes<Iam.CreateInstanceProfileRequest, Iam.CreateInstanceProfileResponse>(
    'CreateInstanceProfile',
    (call, input) => ({
      arn: arnOf(call, 'instance-profile', { path: input.Path ?? '/', name: input.InstanceProfileName ?? '' }),
      context: tagContext(input.Tags),
    }),
    (call, input) => {
      const { profiles, limits } = state(call);
      const name = newName('Instance Profile', profiles, input.InstanceProfileName, 128);
      const path = pathOf(input.Path);
      const profile: InstanceProfile = { name, path, id: call.id('AIPA'), created: call.now, tags: tagsOf(input.Tags, limits) };
      profiles.set(name.toLowerCase(), profile);
      return { InstanceProfile: shape(call, profile) };
    },
  ),
  GetInstanceProfile: reads<Iam.GetInstanceProfileRequest, Iam.GetInstanceProfileResponse>(
    'GetInstanceProfile',
    theProfile,
    (call, input) => {
      const profile = profileOf(call, input);
      return { InstanceProfile: { ...shape(call, profile), ...(profile.tags.size > 0 && { Tags: tagList(profile.tags) }) } };
    },
  ),
  ListInstanceProfiles: reads<Iam.ListInstanceProfilesRequest, Iam.ListInstanceProfilesResponse>(
    'ListInstanceProfiles',
    anything,
    (call, input) => {
      const all = [...state(call).profiles.values()].filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'));
      const { items, more } = page(call, input, all, ({ name }) => name);
      return { InstanceProfiles: items.map((profile) => shape(call, profile)), ...more };
    },
  ),
  ListInstanceProfilesForRole: reads<Iam.ListInstanceProfilesForRoleRequest, Iam.ListInstanceProfilesForRoleResponse>(
    'ListInstanceProfilesForRole',
    theRole,
    (call, input) => {
      const role = roleOf(call, input).name.toLowerCase();
      const all = [...state(call).profiles.values()].filter((profile) => profile.role === role);
      const { items, more } = page(call, input, all, ({ name }) => name);
      return { InstanceProfiles: items.map((profile) => shape(call, profile)), ...more };
    },
  ),
  AddRoleToInstanceProfile: writes<Iam.AddRoleToInstanceProfileRequest, object>(
    'AddRoleToInstanceProfile',
    // https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html: the caller needs PassRole on the role too.
    (call, input) => [
      theProfile(call, input),
      { ...theRole(call, input), action: 'iam:PassRole', context: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
    ],
    (call, input) => {
      const profile = profileOf(call, input);
      const role = roleOf(call, input);
      if (isProtected(role)) throw unmodifiable(role.name);
      if (profile.role !== undefined) throw limitExceeded('Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1');
      profile.role = role.name.toLowerCase();
      return {};
    },
  ),
  RemoveRoleFromInstanceProfile: writes<Iam.RemoveRoleFromInstanceProfileRequest, object>(
    'RemoveRoleFromInstanceProfile',
    theProfile,
    (call, input) => {
      const profile = profileOf(call, input);
      const role = roleOf(call, input);
      if (isProtected(role)) throw unmodifiable(role.name);
      if (profile.role !== role.name.toLowerCase())
        throw noSuchEntity(`Role ${role.name} is not in instance profile ${profile.name}.`);
      delete profile.role;
      return {};
    },
  ),
  DeleteInstanceProfile: writes<Iam.DeleteInstanceProfileRequest, object>('DeleteInstanceProfile', theProfile, (call, input) => {
    const profile = profileOf(call, input);
    if (profile.role !== undefined) throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
    state(call).profiles.delete(profile.name.toLowerCase());
    return {};
  }),
};
