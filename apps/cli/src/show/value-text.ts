import type { Json } from '@entity-lockdown/plugin-api';

const longest = 48;

/** A setting's value in a few characters. */
export function valueText(value: Json | undefined): string {
  if (value === undefined) return 'unknown';
  if (value === null) return 'not there';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest - 3)}...`;
}
