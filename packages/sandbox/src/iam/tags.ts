import type { Tag } from '@aws-sdk/client-iam';
import type { Operations } from '../operation.ts';
import { reads, writes } from './define.ts';
import { type Kind, state, tagContext, tagList, withTags } from './entities.ts';
import { type Paged, page } from './paging.ts';
import type { Principal } from './state.ts';

interface Named {
  readonly [member: string]: unknown;
}

/** Tags of a user or role. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
export function tagOperations<P extends Principal>(kind: Kind<P>): Operations {
  const { word } = kind;
  return {
    [`Tag${word}`]: writes<Named & { readonly Tags?: Tag[] }, object>(
      `Tag${word}`,
      (call, input) => ({ ...kind.resource(call, input), context: tagContext(input.Tags) }),
      (call, input) => {
        const holder = kind.change(call, input);
        holder.tags = withTags(holder.tags, input.Tags ?? [], state(call).limits);
        return {};
      },
    ),
    [`Untag${word}`]: writes<Named & { readonly TagKeys?: string[] }, object>(
      `Untag${word}`,
      (call, input) => ({ ...kind.resource(call, input), context: { 'aws:TagKeys': input.TagKeys ?? [] } }),
      (call, input) => {
        const holder = kind.change(call, input);
        const gone = new Set((input.TagKeys ?? []).map((key) => key.toLowerCase()));
        for (const key of [...holder.tags.keys()]) if (gone.has(key.toLowerCase())) holder.tags.delete(key);
        return {};
      },
    ),
    [`List${word}Tags`]: reads<Named & Paged, object>(`List${word}Tags`, kind.resource, (call, input) => {
      const { items, more } = page(call, input, tagList(kind.find(call, input).tags), ({ Key }) => Key);
      return { Tags: items, ...more };
    }),
  };
}
