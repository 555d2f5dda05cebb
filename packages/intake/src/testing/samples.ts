import { readdirSync, readFileSync } from 'node:fs';
import { fieldsOf } from '../json.ts';

const folder = new URL('samples/', import.meta.url);

/** A sample of an event or of a finding; `samples/index.json` says from which page each is. */
export function sample(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as unknown;
}

/** The names of all samples. */
export function sampleNames(): readonly string[] {
  return readdirSync(folder).flatMap((file) => (file === 'index.json' ? [] : [file.replace('.json', '')]));
}

/** The same with another value at a path; undefined takes the field out. */
export function changed(value: unknown, path: readonly (string | number)[], to: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return to;
  if (Array.isArray(value)) return value.map((item: unknown, index) => (index === name ? changed(item, rest, to) : item));
  const fields = fieldsOf(value) ?? {};
  const { [name]: before, ...others } = fields;
  const after = changed(before, rest, to);
  return after === undefined ? others : { ...others, [name]: after };
}
