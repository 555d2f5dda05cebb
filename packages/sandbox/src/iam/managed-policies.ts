import type * as Iam from '@aws-sdk/client-iam';
import { awsError, type Call, type Operations } from '../operation.ts';
import { checkPolicy } from '../policy/document.ts';
import { awsManagedPolicies } from './aws-managed.ts';
import { anything, type Resource, reads, writes } from './define.ts';
import { arnOf, encoded, newName, pathOf, state, tagContext, tagList, tagsOf } from './entities.ts';
import { deleteConflict, limitExceeded, malformedPolicy, noSuchEntity } from './errors.ts';
import { page } from './paging.ts';
import { policyWith } from './policy-lookup.ts';
import type { Holder, ManagedPolicy } from './state.ts';

interface OfPolicy {
  readonly PolicyArn?: string | undefined;
}

function thePolicy(call: Call, { PolicyArn = '*' }: OfPolicy): Resource {
  return { arn: PolicyArn, tags: policyWith(call, PolicyArn)?.tags };
}

function policyOf(call: Call, { PolicyArn = '' }: OfPolicy): ManagedPolicy {
  const found = policyWith(call, PolicyArn);
  if (found === undefined) throw noSuchEntity(`Policy ${PolicyArn} was not found.`);
  return found;
}

/** A policy of the account itself: those of AWS belong to nobody else. */
function ownPolicyOf(call: Call, input: OfPolicy): ManagedPolicy {
  const policy = policyOf(call, input);
  if (!state(call).policies.has(policy.arn)) throw awsError('AccessDenied', 'Policy is outside your own account.', 403);
  return policy;
}

function versionOf(policy: ManagedPolicy, id = ''): ManagedPolicy['versions'][number] {
  const found = policy.versions.find((version) => version.id === id);
  if (found === undefined) throw noSuchEntity(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`);
  return found;
}

function holdersOf(call: Call): readonly (Holder & { readonly boundary?: string })[] {
  const { users, roles, groups } = state(call);
  return [...users.values(), ...roles.values(), ...groups.values()];
}

function shape(call: Call, policy: ManagedPolicy): Iam.Policy {
  const holders = holdersOf(call);
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: holders.filter(({ attached }) => attached.includes(policy.arn)).length,
    PermissionsBoundaryUsageCount: holders.filter(({ boundary }) => boundary === policy.arn).length,
    IsAttachable: true,
    CreateDate: new Date(policy.created),
    UpdateDate: new Date(policy.updated),
  };
}

function versionShape(policy: ManagedPolicy, { id, created }: ManagedPolicy['versions'][number]): Iam.PolicyVersion {
  return { VersionId: id, IsDefaultVersion: id === policy.defaultVersion, CreateDate: new Date(created) };
}

function checkedDocument(call: Call, document = ''): string {
  const fault = checkPolicy(document, 'identity');
  if (fault !== undefined) throw malformedPolicy(fault);
  const { managedPolicySize } = state(call).limits;
  if (document.replace(/\s/g, '').length > managedPolicySize)
    throw limitExceeded(`Cannot exceed quota for PolicySize: ${managedPolicySize}`);
  return document;
}

export const managedPolicyOperations: Operations = {
  CreatePolicy: writes<Iam.CreatePolicyRequest, Iam.CreatePolicyResponse>(
    'CreatePolicy',
    (call, input) => ({
      arn: arnOf(call, 'policy', { path: input.Path ?? '/', name: input.PolicyName ?? '' }),
      context: tagContext(input.Tags),
    }),
    (call, input) => {
      const { policies, limits } = state(call);
      const taken = new Set([...policies.values()].map(({ name }) => name.toLowerCase()));
      const name = newName('Policy', new Map([...taken].map((each) => [each, true])), input.PolicyName, 128);
      if (policies.size >= limits.customerPolicies)
        throw limitExceeded(`Cannot exceed quota for PoliciesPerAccount: ${limits.customerPolicies}`);
      const path = pathOf(input.Path);
      const document = checkedDocument(call, input.PolicyDocument);
      const policy: ManagedPolicy = {
        arn: arnOf(call, 'policy', { path, name }),
        id: call.id('ANPA'),
        name,
        path,
        created: call.now,
        updated: call.now,
        tags: tagsOf(input.Tags, limits),
        versions: [{ id: 'v1', document, created: call.now }],
        defaultVersion: 'v1',
        nextVersion: 2,
        ...(input.Description !== undefined && { description: input.Description }),
      };
      policies.set(policy.arn, policy);
      return { Policy: shape(call, policy) };
    },
  ),
  GetPolicy: reads<Iam.GetPolicyRequest, Iam.GetPolicyResponse>('GetPolicy', thePolicy, (call, input) => {
    const policy = policyOf(call, input);
    return {
      Policy: {
        ...shape(call, policy),
        ...(policy.description !== undefined && { Description: policy.description }),
        Tags: tagList(policy.tags),
      },
    };
  }),
  ListPolicies: reads<Iam.ListPoliciesRequest, Iam.ListPoliciesResponse>('ListPolicies', anything, (call, input) => {
    const own = input.Scope === 'AWS' ? [] : [...state(call).policies.values()];
    const aws = input.Scope === 'Local' ? [] : [...awsManagedPolicies(call.partition).values()];
    const wanted = [...own, ...aws]
      .filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'))
      .map((policy) => shape(call, policy))
      .filter(({ AttachmentCount = 0 }) => input.OnlyAttached !== true || AttachmentCount > 0);
    const { items, more } = page(call, input, wanted, ({ Arn = '' }) => Arn);
    return { Policies: items, ...more };
  }),
  GetPolicyVersion: reads<Iam.GetPolicyVersionRequest, Iam.GetPolicyVersionResponse>(
    'GetPolicyVersion',
    thePolicy,
    (call, input) => {
      const policy = policyOf(call, input);
      const version = versionOf(policy, input.VersionId);
      return { PolicyVersion: { ...versionShape(policy, version), Document: encoded(version.document) } };
    },
  ),
  ListPolicyVersions: reads<Iam.ListPolicyVersionsRequest, Iam.ListPolicyVersionsResponse>(
    'ListPolicyVersions',
    thePolicy,
    (call, input) => {
      const policy = policyOf(call, input);
      const { items, more } = page(call, input, policy.versions, ({ id }) => id.padStart(12, '0'));
      return { Versions: items.map((version) => versionShape(policy, version)), ...more };
    },
  ),
  CreatePolicyVersion: writes<Iam.CreatePolicyVersionRequest, Iam.CreatePolicyVersionResponse>(
    'CreatePolicyVersion',
    thePolicy,
    (call, input) => {
      const policy = ownPolicyOf(call, input);
      const { policyVersions } = state(call).limits;
      if (policy.versions.length >= policyVersions)
        throw limitExceeded(
          `A managed policy can have up to ${policyVersions} versions. Before you create a new version, you must delete an existing version.`,
        );
      const version = { id: `v${policy.nextVersion}`, document: checkedDocument(call, input.PolicyDocument), created: call.now };
      policy.versions.push(version);
      policy.nextVersion += 1;
      policy.updated = call.now;
      if (input.SetAsDefault === true) policy.defaultVersion = version.id;
      return { PolicyVersion: versionShape(policy, version) };
    },
  ),
  SetDefaultPolicyVersion: writes<Iam.SetDefaultPolicyVersionRequest, object>(
    'SetDefaultPolicyVersion',
    thePolicy,
    (call, input) => {
      const policy = ownPolicyOf(call, input);
      policy.defaultVersion = versionOf(policy, input.VersionId).id;
      policy.updated = call.now;
      return {};
    },
  ),
  DeletePolicyVersion: writes<Iam.DeletePolicyVersionRequest, object>('DeletePolicyVersion', thePolicy, (call, input) => {
    const policy = ownPolicyOf(call, input);
    const version = versionOf(policy, input.VersionId);
    if (version.id === policy.defaultVersion) throw deleteConflict('Cannot delete the default version of a policy.');
    policy.versions.splice(policy.versions.indexOf(version), 1);
    policy.updated = call.now;
    return {};
  }),
  DeletePolicy: writes<Iam.DeletePolicyRequest, object>('DeletePolicy', thePolicy, (call, input) => {
    const policy = ownPolicyOf(call, input);
    // https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
    if (holdersOf(call).some(({ attached, boundary }) => attached.includes(policy.arn) || boundary === policy.arn))
      throw deleteConflict('Cannot delete a policy attached to entities.');
    if (policy.versions.length > 1)
      throw deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions.",
      );
    state(call).policies.delete(policy.arn);
    return {};
  }),
  ListEntitiesForPolicy: reads<Iam.ListEntitiesForPolicyRequest, Iam.ListEntitiesForPolicyResponse>(
    'ListEntitiesForPolicy',
    thePolicy,
    (call, input) => {
      const { arn } = policyOf(call, input);
      const { users, roles, groups } = state(call);
      const uses = (holder: Holder & { readonly boundary?: string }): boolean =>
        input.PolicyUsageFilter === 'PermissionsBoundary' ? holder.boundary === arn : holder.attached.includes(arn);
      const all = [
        ...[...users.values()].map((holder) => ({ kind: 'User', holder })),
        ...[...roles.values()].map((holder) => ({ kind: 'Role', holder })),
        ...[...groups.values()].map((holder) => ({ kind: 'Group', holder })),
      ].filter(
        ({ kind, holder }) =>
          uses(holder) &&
          holder.path.startsWith(input.PathPrefix ?? '/') &&
          (input.EntityFilter === undefined || input.EntityFilter === kind),
      );
      const { items, more } = page(call, input, all, ({ kind, holder }) => `${kind}/${holder.name}`);
      const of = (wanted: string): Holder[] => items.filter(({ kind }) => kind === wanted).map(({ holder }) => holder);
      return {
        PolicyUsers: of('User').map(({ name, id }) => ({ UserName: name, UserId: id })),
        PolicyRoles: of('Role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
        PolicyGroups: of('Group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
        ...more,
      };
    },
  ),
};
