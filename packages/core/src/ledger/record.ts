import type { Entity, Json, Warning } from '@entity-lockdown/plugin-api';
import type { Failure } from '../failure.ts';
import type { OptionValues } from '../options.ts';

/**
 * Where a record stands.
 *
 * - `containing`: cuts are being made, or waited for
 * - `contained`: reading back from AWS showed nothing left to do
 * - `partial`: some cut could not be made, or a door is known to be open; the rest is done
 * - `releasing`: originals are being put back
 * - `release-blocked`: an original could not be put back
 * - `released`: all that was to be put back is back
 * - `refused`: nothing was to be contained, and nothing is left of the attempt
 */
export type RecordState = 'containing' | 'contained' | 'partial' | 'releasing' | 'release-blocked' | 'released' | 'refused';

/** Whether originals are being put back, or were to be. */
export function isReleasing(state: RecordState): boolean {
  return state === 'releasing' || state === 'release-blocked';
}

/** Why an entity is contained: one incident's claim on it. It stays contained until the last hold is dropped. */
export interface Hold {
  readonly by: string;
  readonly at: string;
  readonly reason?: string;
  readonly options: OptionValues;
  /** The ids of the messages that asked for it: a message delivered again changes nothing. */
  readonly messages: readonly string[];
}

/** One setting of one thing that the record wants, or wanted. */
export interface RecordTarget {
  readonly setting: string;
  readonly on: string;
  readonly arn?: string;
  readonly title: string;
  /** The values it passes through; the last is the one wanted. */
  readonly path: readonly Json[];
  /** The stage in which the first value of its path is set. */
  readonly stage: number;
  /** What its hop does, for people. */
  readonly hopTitle?: string;
  /** Seconds that it rests in its hop. */
  readonly dwell: number;
  readonly serial?: string;
  readonly optional?: string;
  readonly irreversible?: string;
  /** True for what we create ourselves: its original is known to be `null`. */
  readonly marked?: true;
  /** First seen after the first full look, on the entity itself: release leaves it contained. */
  readonly late?: true;
  /** What it rests there for, for people. */
  readonly dwellFor?: string;
  /**
   * It left its hop before its time, or was set back after: what the time was for may not have happened. Told for as long as the record
   * lives.
   */
  readonly cutShort?: true;
  /** When its hop was about to be made: saved before it was, so that it is made once. */
  readonly hopAt?: string;
  /** AWS had no room for it: its `else` is wanted in its place. */
  readonly unavailable?: string;
  /** Why it could not be made, the last time it was tried. */
  readonly failure?: Failure;
  /** How it ended on release. */
  readonly released?: ReleaseOutcome;
}

/**
 * - `restored`: its original is back, read back
 * - `others`: another record wants it: it stays
 * - `kept`: left in place as asked
 * - `late`: it first appeared after the containment: it stays as it is
 * - `drift`: somebody changed it meanwhile: it stays as it is
 * - `gone`: it no longer exists
 */
export type ReleaseOutcome = 'restored' | 'others' | 'kept' | 'late' | 'drift' | 'gone';

/** How a release was asked for. It is in the record, so that whoever finishes it finishes the same. */
export interface ReleaseOrder {
  readonly by: string;
  readonly at: string;
  readonly reason?: string;
  /** Targets to leave in place. */
  readonly keep: readonly { readonly setting: string; readonly on: string }[];
  /** Put originals back even where somebody changed the value meanwhile. */
  readonly force: boolean;
  /** The end of the wait under way, and the step it belongs to. */
  readonly wait?: { readonly step: number; readonly until: string };
  /** Set where the entity turned out not to exist: the record ends as refused, with this. */
  readonly refusal?: Failure;
}

export interface RecordEvent {
  readonly at: string;
  readonly what: EventKind;
  /** One sentence for a person. */
  readonly text: string;
}

export type EventKind =
  | 'opened'
  | 'hold'
  | 'taken-over'
  | 'write'
  | 'hop'
  | 'dwell'
  | 'failed'
  | 'unavailable'
  | 'contained'
  | 'partial'
  | 'releasing'
  | 'restored'
  | 'left'
  | 'waiting'
  | 'released'
  | 'refused'
  | 'last-look';

/** Whose turn it is to work on a record. */
export interface Owner {
  readonly id: string;
  /** Milliseconds since the epoch: nothing is started that could end later. 0 once it was given up. */
  readonly until: number;
}

export interface ContainmentRecord {
  readonly id: string;
  readonly entityKey: string;
  readonly entity: Entity;
  /** The entity's stable id, once it was seen. */
  readonly entityId?: string;
  readonly plugin: { readonly id: string; readonly package: string; readonly version: string };
  readonly state: RecordState;
  /** By incident. */
  readonly holds: { readonly [incident: string]: Hold };
  /** Message ids of holds that were dropped. */
  readonly handled: readonly string[];
  readonly owner: Owner;
  /** Grows with each change of owner. */
  readonly epoch: number;
  /** When the last call of an earlier owner must have ended, in milliseconds since the epoch. */
  readonly prev: number;
  readonly targets: readonly RecordTarget[];
  /** The mark of another ledger that was seen at the first look: what was read as original may be that one's doing. */
  readonly markedBy?: string;
  /** When all was looked at for the first time. */
  readonly lookedAt?: string;
  readonly containedAt?: string;
  readonly warnings: readonly Warning[];
  readonly failures: readonly Failure[];
  readonly release?: ReleaseOrder;
  readonly events: readonly RecordEvent[];
  readonly next?: Next;
}

/** When somebody must come back to a record, and why. */
export interface Next {
  readonly at: string;
  readonly why: string;
  /** When the wait is over, where `at` is a look in the middle of it. */
  readonly until?: string;
}

/** Names a target among all of all records. */
export function targetKey(target: { readonly setting: string; readonly on: string }): string {
  return `${target.setting} ${target.on}`;
}

/** The value that a target is to have. */
export function wantedValue(target: RecordTarget): Json {
  return target.path.at(-1) ?? null;
}
