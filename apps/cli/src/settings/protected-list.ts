import { readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type ProtectedPattern, protectedFault, shown } from '@entity-lockdown/core';
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
    const wrong = protectedFault(entry);
    if (wrong !== undefined) throw fault(file, `has an entry ${index + 1} that ${wrong}`);
    return entry as ProtectedPattern;
  });
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
