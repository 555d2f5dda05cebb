/** Where two JSON values differ: at most so many places, each with both values. */
export function differences(before: unknown, after: unknown, most = 5): readonly string[] {
  const found: string[] = [];
  compare(before, after, '', found);
  return found.length <= most ? found : [...found.slice(0, most), `and ${found.length - most} more`];
}

function compare(before: unknown, after: unknown, path: string, found: string[]): void {
  if (before === after) return;
  if (!isBranch(before) || !isBranch(after) || Array.isArray(before) !== Array.isArray(after)) {
    found.push(`${path === '' ? 'it' : path} was ${shownJson(before)} and is ${shownJson(after)}`);
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
    compare(before[key], after[key], path === '' ? key : `${path} > ${key}`, found);
}

function isBranch(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null;
}

/** A value for a message: on one line, and not longer than one. */
export function shownJson(value: unknown): string {
  if (value === undefined) return 'not there';
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 120 ? text : `${text.slice(0, 117)}...`;
}
