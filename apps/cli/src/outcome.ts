import type { ContainmentRecord, Failure } from '@entity-lockdown/core';
import type { Asked } from './entities.ts';
import type { ExitCode } from './exit-code.ts';

/** What has become of one entity that was to be contained, in one word. Printed by `--json`: never rename one. */
export type OutcomeWord =
  | 'contained'
  | 'partial'
  | 'interrupted'
  | 'not-begun'
  | 'declined'
  | 'invalid'
  | 'refused'
  | 'failed'
  /** The responder was asked; its end was not seen. */
  | 'requested';

/** What has become of one entity of a command. */
export interface Outcome {
  readonly asked: Asked;
  readonly exitCode: ExitCode;
  readonly outcome: OutcomeWord;
  readonly record?: ContainmentRecord;
  /** The id of the message that asked the responder. */
  readonly message?: string;
  /** What went wrong, beside what the record says. */
  readonly failure?: Failure;
  /** Seconds from when the work of the command began, after the question, to the end of its own. */
  readonly seconds: number;
}

/** The word for a containment that ended with an error. */
export function outcomeOfError(exitCode: ExitCode): OutcomeWord {
  if (exitCode === 2) return 'invalid';
  return exitCode === 3 ? 'refused' : 'failed';
}
