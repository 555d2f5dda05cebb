import type { Failure } from '@entity-lockdown/core';
import type { ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import type { Writer } from './writer.ts';

/** What a command has come to. */
export interface Result {
  readonly exitCode: ExitCode;
  /** The members of the object that --json prints, beside `version`, `command` and `exitCode`. */
  readonly json: { readonly [member: string]: unknown };
  /** Writes it for people: the result to `out`, what was given wrongly to `err`. */
  show(out: Writer, err: Writer): void;
}

/** What a command is run with. */
export interface Running {
  readonly io: Io;
  /** Where progress goes, and questions. Silent where that was asked for. */
  readonly progress: Writer;
  readonly verbose: boolean;
  /** Aborted when somebody wants the process to end. */
  readonly signal: AbortSignal;
  /** Whatever is added is taken out of all that is written. */
  readonly secrets: string[];
  /** To be told what stands, should the process be ended a second time. */
  readonly standing: { text: string };
}

/** A failure as JSON shows it. */
export function failureJson(failure: Failure): { readonly [member: string]: unknown } {
  const { code, message, next, action, on, done } = failure;
  return { code, message, next, ...(action && { action }), ...(on && { on }), ...(done && done.length > 0 && { done }) };
}
