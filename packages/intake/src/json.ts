/** An object of a JSON text, whatever is in it. */
export type Fields = { readonly [name: string]: unknown };

/** An object, and no list; undefined for all else. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The items of a list; none for all else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text that is not empty; undefined for all else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What stands at a path of names, or undefined. Own fields alone: `constructor` is no field of a message. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    const fields = fieldsOf(found);
    if (fields === undefined || !Object.hasOwn(fields, name)) return undefined;
    found = fields[name];
  }
  return found;
}

/** The value of a JSON text, or undefined where it is none. Each text in it is changed by `change`, if given, before anybody sees it. */
export function parsed(text: string, change?: (text: string) => string): unknown {
  try {
    return JSON.parse(
      text,
      change && ((_name, value: unknown) => (typeof value === 'string' ? change(value) : value)),
    ) as unknown;
  } catch {
    return undefined;
  }
}
