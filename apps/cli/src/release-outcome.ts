import type { ContainmentRecord, Failure } from '@entity-lockdown/core';
import type { ExitCode } from './exit-code.ts';

/** What has become of one record that was to be released. */
export interface ReleaseOutcome {
  readonly input: string;
  readonly record: ContainmentRecord;
  readonly exitCode: ExitCode;
  /** `released`, `released-but`, `still-held`, `blocked`, `interrupted`, `declined`, ... */
  readonly outcome: string;
  readonly otherHolds?: readonly string[];
  readonly failure?: Failure;
  readonly seconds: number;
}
