import { createHash } from 'node:crypto';

/**
 * One version of one object, as it stands in its file: a line that says what it is, then the body, so that a person can read it with
 * `cat`.
 *
 *     entity-lockdown-ledger 1 written open/1f0c 17 8d1b...
 *     {"id":...}
 */
export interface Version {
  readonly key: string;
  readonly number: number;
  /** Undefined where this version says that the object was deleted. */
  readonly body: string | undefined;
  /** SHA-256 of all of the above, in hex: a file that was cut short, altered, or moved here from elsewhere does not match it. */
  readonly digest: string;
}

const program = 'entity-lockdown-ledger';
const format = 1;

/** What a file holds: a version, or the reason why it is none. */
export type Parsed = Version | 'damaged' | 'foreign' | 'newer';

export function newVersion(key: string, number: number, body: string | undefined): Version {
  const digest = createHash('sha256')
    .update(JSON.stringify([key, number, body ?? null]))
    .digest('hex');
  return { key, number, body, digest };
}

export function formatVersion({ key, number, body, digest }: Version): string {
  const what = body === undefined ? 'deleted' : 'written';
  return `${program} ${format} ${what} ${key} ${number} ${digest}\n${body === undefined ? '' : `${body}\n`}`;
}

export function parseVersion(text: string, key: string, number: number): Parsed {
  const [line = ''] = text.split('\n', 1);
  const [name, written] = line.split(' ');
  if (name !== program) return program.startsWith(line) || /^\0+$/.test(line) ? 'damaged' : 'foreign';
  if (Number(written) > format) return 'newer';
  const rest = text.slice(line.length + 1);
  const version = newVersion(key, number, line.includes(' deleted ') ? undefined : rest.slice(0, -1));
  return formatVersion(version) === text ? version : 'damaged';
}
