import { invalidValue } from './errors.ts';

interface Paged {
  readonly MaxItems?: number | undefined;
  readonly Marker?: string | undefined;
}

/** One page of items. The marker names the last item seen. */
export function page<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  input: Paged,
  pageSize: number,
): { readonly items: readonly T[]; readonly next: string | undefined } {
  const after = input.Marker === undefined ? '' : lastSeen(input.Marker);
  const rest = items.filter((item) => keyOf(item) > after).sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const taken = rest.slice(0, Math.min(input.MaxItems ?? pageSize, pageSize));
  const last = taken.at(-1);
  return { items: taken, next: last !== undefined && taken.length < rest.length ? btoa(`after ${keyOf(last)}`) : undefined };
}

function lastSeen(marker: string): string {
  try {
    const read = atob(marker);
    if (read.startsWith('after ')) return read.slice('after '.length);
  } catch {
    // not base 64
  }
  throw invalidValue('Invalid pagination token');
}
