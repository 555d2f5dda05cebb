import { type Failure, failureOf, LockdownError } from '@entity-lockdown/core';
import type { ExitCode } from './exit-code.ts';

/** The exit code of what was thrown. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof LockdownError)) return 1;
  return { invalid: 2, refused: 3, failed: 1 }[error.kind] as ExitCode;
}

/** What was thrown, as data, with the exit code that it means. */
export interface Failing {
  readonly failure: Failure;
  readonly exitCode: ExitCode;
}

export function failingOf(error: unknown, on?: string): Failing {
  return { failure: failureOf(error, on), exitCode: exitCodeOf(error) };
}
