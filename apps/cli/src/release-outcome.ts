import type { ContainmentRecord, Failure } from '@entity-lockdown/core';
import type { ExitCode } from './exit-code.ts';

/** What has become of one record that was to be released, in one word. Printed by `--json`: never rename one. */
export type ReleaseOutcomeWord =
  | 'released'
  /** But for what somebody changed meanwhile, or others still want. */
  | 'released-but'
  /** Other incidents hold the entity. */
  | 'still-held'
  | 'blocked'
  | 'contained-again'
  | 'interrupted'
  | 'not-begun'
  | 'declined'
  | 'failed';

/** What has become of one record that was to be released. */
export interface ReleaseOutcome {
  readonly input: string;
  readonly record: ContainmentRecord;
  readonly exitCode: ExitCode;
  readonly outcome: ReleaseOutcomeWord;
  readonly otherHolds?: readonly string[];
  /** The incidents that have let go. */
  readonly dropped?: readonly string[];
  readonly failure?: Failure;
  /** Seconds from when the work of the command began, after the question, to the end of its own. */
  readonly seconds: number;
}
