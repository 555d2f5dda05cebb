import type {
  CreateTagsRequest,
  DeleteTagsRequest,
  DescribeTagsRequest,
  DescribeTagsResult,
  Tag,
  TagSpecification,
} from '@aws-sdk/client-ec2';
import type { Call, Demand, Operations } from '../operation.ts';
import { awsError } from '../operation.ts';
import { invalidValue, missingParameter, required } from './errors.ts';
import { filtered } from './filters.ts';
import { findGroup, findInstance, findInterface, findSubnet, findVpc } from './lookup.ts';
import { ec2Operation, ec2Read } from './operation.ts';
import { page } from './pages.ts';
import { resourceContext } from './resource-context.ts';
import type { Ec2State, ResourceKind, Tags } from './state.ts';
import { ec2Arn, ec2State } from './state.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions */
const tagsPerResource = 50;

export function printedTags(tags: Tags): Tag[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

/** The tags that a request gives to what it makes. */
export function tagsFor(kind: ResourceKind, specifications: readonly TagSpecification[] | undefined): Tags {
  const tags: Tags = new Map();
  for (const specification of specifications ?? [])
    if (specification.ResourceType === kind) addTags(tags, specification.Tags ?? []);
  return tags;
}

/**
 * Tags on creation need `ec2:CreateTags` on what is made, beside the permission to make it.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
 */
export function tagDemands(
  call: Call,
  action: string,
  specifications: readonly TagSpecification[] | undefined,
): readonly Demand[] {
  return (specifications ?? [])
    .filter((specification) => (specification.Tags ?? []).length > 0)
    .map((specification) => ({
      action: 'ec2:CreateTags',
      resource: ec2Arn(call, specification.ResourceType as ResourceKind, '*'),
      context: { 'ec2:Region': call.region, 'ec2:CreateAction': action, ...requestTags(specification.Tags ?? []) },
    }));
}

/** The keys of a request that carries tags: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html */
export function requestTags(tags: readonly Tag[]): { readonly [key: string]: string | readonly string[] } {
  if (tags.length === 0) return {};
  const context: { [key: string]: string | readonly string[] } = { 'aws:TagKeys': tags.map((tag) => tag.Key ?? '') };
  for (const tag of tags) context[`aws:RequestTag/${tag.Key ?? ''}`] = tag.Value ?? '';
  return context;
}

/** As `requestTags`, of one kind of resource in a request that makes it. */
export function requestTagsFor(
  kind: ResourceKind,
  specifications: readonly TagSpecification[] | undefined,
): { readonly [key: string]: string | readonly string[] } {
  return requestTags((specifications ?? []).filter((given) => given.ResourceType === kind).flatMap((given) => given.Tags ?? []));
}

function addTags(tags: Tags, added: readonly Tag[]): void {
  for (const { Key, Value } of added) {
    const key = required(Key, 'Key');
    if (key.toLowerCase().startsWith('aws:')) throw invalidValue(`Tag keys starting with 'aws:' are reserved for internal use`);
    if (key.length > 127) throw invalidValue(`Tag key exceeds the maximum length of 127 characters`);
    if ((Value ?? '').length > 255) throw invalidValue(`Tag value exceeds the maximum length of 255 characters`);
    tags.set(key, Value ?? '');
  }
  if (tags.size > tagsPerResource)
    throw awsError('TagLimitExceeded', `The maximum number of ${tagsPerResource} tags for this resource has been reached`);
}

interface Tagged {
  tags: Tags;
}

function findTagged(state: Ec2State, id: string, now: number): Tagged {
  if (id.startsWith('i-')) return findInstance(state, id, now);
  if (id.startsWith('eni-')) return findInterface(state, id, now);
  if (id.startsWith('sg-')) return findGroup(state, id);
  if (id.startsWith('subnet-')) return findSubnet(state, id);
  if (id.startsWith('vpc-')) return findVpc(state, id);
  throw awsError('InvalidID', `The ID '${id}' is not valid`);
}

function kindOf(id: string): ResourceKind {
  if (id.startsWith('eni-')) return 'network-interface';
  if (id.startsWith('sg-')) return 'security-group';
  if (id.startsWith('subnet-')) return 'subnet';
  if (id.startsWith('vpc-')) return 'vpc';
  return 'instance';
}

function demandsOnEach(action: string, call: Call, resources: readonly string[], tags: readonly Tag[]): readonly Demand[] {
  return resources.map((id) => ({
    action,
    resource: ec2Arn(call, kindOf(id), id),
    context: { ...resourceContext(call, kindOf(id), id), ...requestTags(tags) },
  }));
}

export const taggingOperations: Operations = {
  CreateTags: ec2Operation<CreateTagsRequest, object>('CreateTags', {
    mutates: true,
    demands: (call, input) => demandsOnEach('ec2:CreateTags', call, input.Resources ?? [], input.Tags ?? []),
    run(call, input) {
      if ((input.Tags ?? []).length === 0) throw missingParameter('tagSet');
      const tagged = (input.Resources ?? []).map((id) => findTagged(ec2State(call), id, call.now));
      // All or none: nothing is tagged before all would be.
      const after = tagged.map((resource) => {
        const tags = new Map(resource.tags);
        addTags(tags, input.Tags ?? []);
        return tags;
      });
      tagged.forEach((resource, at) => {
        resource.tags = after[at] ?? resource.tags;
      });
      return {};
    },
  }),

  DeleteTags: ec2Operation<DeleteTagsRequest, object>('DeleteTags', {
    mutates: true,
    demands: (call, input) => demandsOnEach('ec2:DeleteTags', call, input.Resources ?? [], input.Tags ?? []),
    run(call, input) {
      for (const resource of (input.Resources ?? []).map((id) => findTagged(ec2State(call), id, call.now))) {
        // Without tags all of them go; with a value, only a tag that has it.
        if (input.Tags === undefined) resource.tags.clear();
        for (const { Key, Value } of input.Tags ?? [])
          if (Key !== undefined && (Value === undefined || resource.tags.get(Key) === Value)) resource.tags.delete(Key);
      }
      return {};
    },
  }),

  DescribeTags: ec2Read<DescribeTagsRequest, DescribeTagsResult>('DescribeTags', (call, input) => {
    const state = ec2State(call);
    const tables: readonly ReadonlyMap<string, { readonly id: string; readonly tags: Tags }>[] = [
      state.instances,
      state.interfaces,
      state.groups,
      state.subnets,
      state.vpcs,
    ];
    const rows = tables.flatMap((table) =>
      [...table.values()].flatMap((resource) =>
        [...resource.tags].map(([key, value]) => ({
          id: `${resource.id} ${key}`,
          resource: resource.id,
          key,
          value,
          tags: new Map([[key, value]]),
        })),
      ),
    );
    const matching = filtered(rows, input.Filters, {
      'resource-id': (row) => [row.resource],
      'resource-type': (row) => [kindOf(row.resource)],
      key: (row) => [row.key],
      value: (row) => [row.value],
    });
    const { items, next } = page(matching, input, state.options.pageSize);
    return {
      Tags: items.map((row) => ({
        Key: row.key,
        Value: row.value,
        ResourceId: row.resource,
        ResourceType: kindOf(row.resource),
      })),
      NextToken: next,
    };
  }),
};
