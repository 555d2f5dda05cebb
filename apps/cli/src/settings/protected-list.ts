import { readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type ProtectedPattern, shown } from '@entity-lockdown/core';
import type { Env } from '../io.ts';
import { usageError } from '../usage-error.ts';

/**
 * What must never be contained, from a file of this machine: `--protected`, LOCKDOWN_PROTECTED, or `protected.json` in the folder of
 * the configuration, which may be missing. A file that cannot be relied on is an error: never as if there were none.
 */
export function protectedFrom(given: string | undefined, env: Env, configFolder: string): readonly ProtectedPattern[] {
  const named = given ?? (env.LOCKDOWN_PROTECTED || undefined);
  const file = resolve(named ?? join(configFolder, 'protected.json'));
  let text: string;
  try {
    refuseWritableByOthers(file);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && named === undefined) return [];
    if (typeof code !== 'string') throw error;
    throw fault(file, `cannot be read (${code})`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw fault(file, 'is not JSON');
  }
  if (!Array.isArray(parsed)) throw fault(file, 'is not a list');
  return parsed.map((entry: unknown, index) => {
    const wrong = faultOf(entry);
    if (wrong !== undefined) throw fault(file, `has an entry ${index + 1} that ${wrong}`);
    return entry as ProtectedPattern;
  });
}

const known: ReadonlySet<string> = new Set(['pattern', 'owner', 'reason', 'until']);

function faultOf(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return 'is not an object';
  const { pattern, owner, reason, until } = entry as { readonly [key: string]: unknown };
  if (typeof pattern !== 'string' || !/^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/.test(pattern))
    return 'has no "pattern" with the six parts of an ARN, such as arn:aws:iam::*:role/break-glass';
  if (typeof owner !== 'string' || owner === '') return 'has no "owner" to be asked';
  if (reason !== undefined && typeof reason !== 'string') return 'has a "reason" that is no text';
  if (until !== undefined && (typeof until !== 'string' || !/^\d{4}-\d\d-\d\d/.test(until) || Number.isNaN(Date.parse(until))))
    return 'has an "until" that is no time in ISO 8601';
  const unknown = Object.keys(entry).find((key) => !known.has(key));
  return unknown === undefined ? undefined : `has ${shown(unknown)}, which is not known`;
}

/** Whoever can write it decides what is left alone. */
function refuseWritableByOthers(file: string): void {
  const me = process.geteuid?.();
  const its = statSync(file);
  if (me === undefined) return;
  const folder = statSync(dirname(file));
  const sticky = 0o1000;
  if (isOpen(its) || (isOpen(folder) && (folder.mode & sticky) === 0))
    throw fault(file, 'can be written by others', 'chmod go-w');
  if (its.uid !== me && its.uid !== 0) throw fault(file, `belongs to another user (uid ${its.uid})`);
}

function isOpen({ mode }: Stats): boolean {
  return (mode & 0o022) !== 0;
}

function fault(file: string, what: string, how?: string): Error {
  return usageError(
    `The list of what is protected, ${shown(file)}, ${what}.`,
    how === undefined
      ? 'Mend the file, or name another with --protected FILE. It is never ignored.'
      : `Look who used it, then take the right from the others (${how}) on the file and its folder.`,
  );
}
