import { invalidValue } from './errors.ts';
import type { Tags } from './state.ts';

interface Filter {
  readonly Name?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

/** For each name of a filter, the values that an item has. */
export type FilterValues<T> = { readonly [name: string]: (item: T) => readonly (string | undefined)[] };

/**
 * Whether an item passes every filter: one of the values of each. Values may have `*` and `?`, and their case counts.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
 */
export function filtered<T extends { readonly tags: Tags }>(
  items: readonly T[],
  filters: readonly Filter[] | undefined,
  values: FilterValues<T>,
): readonly T[] {
  const tests = (filters ?? []).map((filter) => testOf(filter, values));
  return tests.length === 0 ? items : items.filter((item) => tests.every((test) => test(item)));
}

function testOf<T extends { readonly tags: Tags }>(filter: Filter, values: FilterValues<T>): (item: T) => boolean {
  const name = filter.Name ?? '';
  const read = reader(name, values);
  if (read === undefined) throw invalidValue(`The filter '${name}' is invalid`);
  const patterns = (filter.Values ?? []).map(wildcard);
  return (item) => read(item).some((value) => value !== undefined && patterns.some((pattern) => pattern.test(value)));
}

function reader<T extends { readonly tags: Tags }>(
  name: string,
  values: FilterValues<T>,
): ((item: T) => readonly (string | undefined)[]) | undefined {
  if (name.startsWith('tag:')) return (item) => [item.tags.get(name.slice(4))];
  if (name === 'tag-key') return (item) => [...item.tags.keys()];
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
