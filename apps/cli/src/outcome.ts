import type { ContainmentRecord, Failure } from '@entity-lockdown/core';
import type { Asked } from './entities.ts';
import type { ExitCode } from './exit-code.ts';

/** What has become of one entity of a command. */
export interface Outcome {
  readonly asked: Asked;
  readonly exitCode: ExitCode;
  /** In one word: `contained`, `partial`, `released`, `refused`, `failed`, `interrupted`, `declined`, ... */
  readonly outcome: string;
  readonly record?: ContainmentRecord;
  /** What went wrong, beside what the record says. */
  readonly failure?: Failure;
  /** Seconds from the start of its work to its end. */
  readonly seconds: number;
}
