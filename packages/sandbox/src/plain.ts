/** A deep copy of plain data. Several times faster than `structuredClone`; what is not plain (a stream) is passed on as it is. */
export function copy<T>(value: T): T {
  return copyOf(value) as T;
}

function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, copyOf(item)]));
  if (value instanceof Set) return new Set([...value].map(copyOf));
  if (value instanceof Date) return new Date(value);
  if (value instanceof Uint8Array) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const made: { [key: string]: unknown } = {};
  for (const key in value) made[key] = copyOf((value as { [key: string]: unknown })[key]);
  return made;
}

export type PlainJson = null | boolean | number | string | PlainJson[] | { [key: string]: PlainJson };

/**
 * Plain data as JSON with its keys in order, so that two states can be compared as texts: a Map becomes an object, a Set a sorted
 * list, a Date its ISO form, bytes base64. Fields of the names given are left out wherever they stand; keys of a Map are data, and stay.
 */
export function toJson(value: unknown, without: ReadonlySet<string>): PlainJson {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.map((item) => toJson(item, without));
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Set) {
    const items = [...value].map((item) => toJson(item, without));
    return items.sort((a, b) => order(JSON.stringify(a), JSON.stringify(b)));
  }
  const entries =
    value instanceof Map
      ? [...value].map(([key, item]) => [String(key), item] as const)
      : Object.entries(value).filter(([key]) => !without.has(key));
  const made: { [key: string]: PlainJson } = {};
  for (const [key, item] of entries.sort(([a], [b]) => order(a, b))) {
    if (item !== undefined) made[key] = toJson(item, without);
  }
  return made;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
