import { invalid } from '../failure.ts';
import { type ContainmentRecord, type ReleaseOrder, targetKey } from '../ledger/record.ts';
import { defaultIncident } from './hold.ts';
import type { ReleaseRequest } from './types.ts';

/** The record without the holds that a release drops. */
export function withoutHolds(record: ContainmentRecord, request: ReleaseRequest): ContainmentRecord {
  const dropped = Object.entries(record.holds).filter(
    ([incident]) => request.allHolds === true || incident === (request.incident ?? defaultIncident),
  );
  // A sole hold is meant by a release that names no incident.
  const only = Object.entries(record.holds);
  const ending = dropped.length === 0 && request.incident === undefined && only.length === 1 ? only : dropped;
  const names = new Set(ending.map(([incident]) => incident));
  return {
    ...record,
    holds: Object.fromEntries(only.filter(([incident]) => !names.has(incident))),
    handled: [...record.handled, ...ending.flatMap(([, { messages }]) => messages)],
  };
}

/** Refuses to keep what the record never wanted: a name misspelled would be released. */
export function checkKeep(record: ContainmentRecord, request: ReleaseRequest): void {
  const known = new Set(record.targets.map(targetKey));
  const unknown = (request.keep ?? []).find((target) => !known.has(targetKey(target)));
  if (unknown !== undefined) {
    throw invalid(
      'unknown-change',
      `The record ${record.id} has no change ${unknown.setting} on ${unknown.on}.`,
      `Its changes: ${record.targets.map(targetKey).join('; ')}.`,
    );
  }
}

/** How the release is asked for. One that was begun before keeps what it was to keep: whoever finishes it may not know. */
export function orderOf(request: ReleaseRequest, at: string, begun: ReleaseOrder | undefined): ReleaseOrder {
  const keep = [...(begun?.keep ?? []), ...(request.keep ?? [])];
  return {
    by: request.by,
    at,
    keep: [...new Map(keep.map((target) => [targetKey(target), target])).values()],
    force: request.force === true || begun?.force === true,
    ...(request.reason !== undefined && { reason: request.reason }),
    ...(begun?.wait !== undefined && { wait: begun.wait }),
    ...(begun?.refusal !== undefined && { refusal: begun.refusal }),
  };
}
