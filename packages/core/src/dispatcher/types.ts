import type { Json, Target, Warning } from '@entity-lockdown/plugin-api';
import type { Failure } from '../failure.ts';
import type { ContainmentRecord, Next, RecordEvent } from '../ledger/record.ts';

export interface ContainRequest {
  readonly arn: string;
  /** The incident that the hold belongs to; `default` where none is named. */
  readonly incident?: string;
  readonly reason?: string;
  /** Who asks, for the record. */
  readonly by: string;
  /** Option values by name; checked against the plugin's manifest. */
  readonly options?: { readonly [name: string]: unknown };
  /** The id of the message that asks: delivered again, it changes nothing. */
  readonly message?: string;
}

export interface ReleaseRequest {
  /** An ARN, or the id of a record. */
  readonly target: string;
  /** The hold to drop; `default` where none is named. */
  readonly incident?: string;
  /** Drop the holds of all incidents. */
  readonly allHolds?: boolean;
  readonly by: string;
  readonly reason?: string;
  /** Targets to leave contained. */
  readonly keep?: readonly Target[];
  /** Put originals back even where somebody changed a value meanwhile. */
  readonly force?: boolean;
}

/** Where a request stands. */
export interface Progress {
  readonly record: ContainmentRecord;
  /** When to call `advance(record.id)` again, and why. Without it, there is nothing left to do now. */
  readonly next?: Next;
  /** After a release: the incidents whose holds keep the entity contained. */
  readonly otherHolds?: readonly string[];
  /** Set where another process works on the record. */
  readonly busy?: true;
}

/** What would be done, and what it would not stop. */
export interface PlanReport {
  readonly entity: ContainmentRecord['entity'];
  readonly plugin: ContainmentRecord['plugin'];
  readonly exists: boolean;
  readonly missing?: string;
  readonly actor: string;
  readonly stages: readonly PlannedStage[];
  readonly warnings: readonly Warning[];
  /** Why the entity itself must not be contained, where a guardrail says so. */
  readonly refusal?: Failure;
  /** Why targets of the plan are left alone. */
  readonly refusals: readonly Failure[];
  /** The record that contains it already, if any. */
  readonly record?: string;
}

export interface PlannedStage {
  readonly title: string;
  readonly changes: readonly PlannedChange[];
  readonly dwell?: { readonly seconds: number; readonly why: string };
}

export interface PlannedChange extends Target {
  readonly title: string;
  /** Its value now; absent where there is none or it cannot be read. */
  readonly from?: Json;
  readonly to: Json;
  readonly done: boolean;
  readonly transit?: true;
  readonly irreversible?: string;
  readonly optional?: string;
}

/** Told of all that happens, as it happens. */
export type Observer = (event: RecordEvent, record: ContainmentRecord) => void;
