import { shown } from '@entity-lockdown/core';
import { usageError } from './usage-error.ts';

/** A reason or the like: one line of text that is stored and shown. */
export function oneLine(option: string, given: string | undefined, most: number): string | undefined {
  if (given === undefined) return undefined;
  // The option after one whose value was forgotten is not its value.
  if (given.trim() === '' || given.startsWith('-') || given.length > most || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(given))
    throw usageError(
      `${shown(given)} cannot be a value of ${option}.`,
      `Give one line of at most ${most} characters that does not begin with -, without control or invisible characters.`,
    );
  return given;
}

/** The id of an incident: it names a hold, and is typed again to release it. */
export function incidentId(given: string | undefined): string | undefined {
  if (given === undefined || (/^[\p{L}\p{N}][\p{L}\p{N} _.:/@#+-]{0,99}$/u.test(given) && !given.endsWith(' '))) return given;
  throw usageError(
    `${shown(given)} cannot be the id of an incident.`,
    'Give at most 100 letters, digits and characters of . : / @ # + - _',
  );
}
