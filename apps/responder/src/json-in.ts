/** The object that a text is in JSON; undefined where it is none. */
export function jsonIn(body: unknown): { readonly [field: string]: unknown } | undefined {
  if (typeof body !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as { readonly [field: string]: unknown }) : undefined;
  } catch {
    return undefined;
  }
}
