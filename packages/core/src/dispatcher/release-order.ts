import { invalid, refused } from '../failure.ts';
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

/** Refuses to keep what the record never wanted, since a name misspelled would be released, and what is back already. */
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
  const keep = new Set((request.keep ?? []).map(targetKey));
  const back = record.targets.find((target) => target.released === 'restored' && keep.has(targetKey(target)));
  if (back !== undefined) {
    throw invalid(
      'put-back-already',
      `The release of record ${record.id} has put back already what was to be kept: ${back.title}.`,
      `Contain ${record.entity.arn} again, then release it with what is to be kept.`,
    );
  }
}

/** Refuses to keep what the process that is releasing the record just now does not know of: it would be put back all the same. */
export function checkKeepIsKnown(record: ContainmentRecord, request: ReleaseRequest): void {
  const known = new Set(record.release?.keep.map(targetKey));
  const unknown = record.targets.filter(
    (target) => request.keep?.some((each) => targetKey(each) === targetKey(target)) && !known.has(targetKey(target)),
  );
  if (unknown.length === 0) return;
  throw refused(
    'being-released',
    `Another process is releasing record ${record.id} just now, and was not asked to keep: ${unknown.map(({ title }) => title).join(', ')}.`,
    `Give the command again at once: what is not put back by then is kept. For the rest, contain ${record.entity.arn} again, then release it with what is to be kept.`,
  );
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
