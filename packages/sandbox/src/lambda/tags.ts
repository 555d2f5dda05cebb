import type { ListTagsRequest, ListTagsResponse, TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-lambda';
import type { Call, Operations } from '../operation.ts';
import { invalidValue, notFound } from './errors.ts';
import { findUnqualified } from './names.ts';
import { lambdaOperation } from './operation.ts';
import { lambdaState } from './state.ts';

/** The keys of a request that carries tags: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html */
export function requestTags(tags: { readonly [key: string]: string } | undefined): { [key: string]: string | readonly string[] } {
  if (tags === undefined) return {};
  const context: { [key: string]: string | readonly string[] } = { 'aws:TagKeys': Object.keys(tags) };
  for (const [key, value] of Object.entries(tags)) context[`aws:RequestTag/${key}`] = value;
  return context;
}

const mappingForm = /^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:event-source-mapping:(.+)$/;

/** Functions and mappings have tags; versions and aliases have none: https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html */
function find(call: Call, arn: string | undefined): { tags: Map<string, string> } {
  const uuid = mappingForm.exec(arn ?? '')?.[1];
  if (uuid === undefined) return findUnqualified(call, arn);
  const mapping = lambdaState(call).mappings.get(uuid);
  if (mapping === undefined) throw notFound('The resource you requested does not exist.');
  return mapping;
}

export const tagOperations: Operations = {
  ListTags: lambdaOperation<ListTagsRequest, ListTagsResponse>('ListTags', {
    mutates: false,
    demands: (_call, input) => [{ action: 'lambda:ListTags', resource: input.Resource ?? '*' }],
    run: (call, input) => ({ Tags: Object.fromEntries(find(call, input.Resource).tags) }),
  }),

  TagResource: lambdaOperation<TagResourceRequest, object>('TagResource', {
    mutates: true,
    demands: (_call, input) => [
      { action: 'lambda:TagResource', resource: input.Resource ?? '*', context: requestTags(input.Tags) },
    ],
    run(call, input) {
      const resource = find(call, input.Resource);
      const tags = new Map([...resource.tags, ...Object.entries(input.Tags ?? {})]);
      for (const key of Object.keys(input.Tags ?? {}))
        if (key.toLowerCase().startsWith('aws:')) throw invalidValue('The tag keys you provided use the reserved prefix aws:.');
      if (tags.size > 50) throw invalidValue('You have exceeded the maximum number of tags allowed for a function.');
      resource.tags = tags;
      return {};
    },
  }),

  UntagResource: lambdaOperation<UntagResourceRequest, object>('UntagResource', {
    mutates: true,
    demands: (_call, input) => [
      { action: 'lambda:UntagResource', resource: input.Resource ?? '*', context: { 'aws:TagKeys': input.TagKeys ?? [] } },
    ],
    run(call, input) {
      const resource = find(call, input.Resource);
      for (const key of input.TagKeys ?? []) resource.tags.delete(key);
      return {};
    },
  }),
};
