import type { Call } from '../operation.ts';
import { validationError } from './errors.ts';
import { iamOf } from './state.ts';

export interface Paged {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

export interface Page<T> {
  readonly items: T[];
  /** The members of the answer that say whether there is more. */
  readonly more: { readonly IsTruncated: boolean; readonly Marker?: string };
}

/**
 * One page of a list, in the order of a key. The marker is the last key of the page before, so that items which come or go between
 * two pages neither repeat nor hide others. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
 */
export function page<T>(call: Call, input: Paged, all: Iterable<T>, keyOf: (item: T) => string): Page<T> {
  const size = Math.min(input.MaxItems ?? Number.POSITIVE_INFINITY, iamOf(call.world, call.account).limits.pageSize);
  const sorted = [...all].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const after = input.Marker === undefined ? undefined : decode(input.Marker);
  const rest = after === undefined ? sorted : sorted.filter((item) => keyOf(item) > after);
  const items = rest.slice(0, size);
  const last = items.at(-1);
  if (rest.length <= size || last === undefined) return { items, more: { IsTruncated: false } };
  return { items, more: { IsTruncated: true, Marker: Buffer.from(`m:${keyOf(last)}`).toString('base64') } };
}

function decode(marker: string): string {
  const text = Buffer.from(marker, 'base64').toString();
  if (!text.startsWith('m:')) throw validationError('Invalid Marker.');
  return text.slice(2);
}
