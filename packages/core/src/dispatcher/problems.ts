import type { Entity, Observed, Warning } from '@entity-lockdown/plugin-api';
import type { Failure } from '../failure.ts';
import type { ContainmentRecord, RecordTarget } from '../ledger/record.ts';
import type { Work } from './work.ts';

/** Why a containment is not said to be one, in words for the responder: what is wrong, and what to do. */

/** There is nothing of that name, or it is not what was meant. */
export function noSuchEntity(entity: Entity, missing = `${entity.arn} does not exist.`): Failure {
  return { code: 'no-such-entity', message: missing, next: 'Check the ARN: account, Region, path and name.', transient: false };
}

/** The messages of a record had made another one, which has ended since. */
export function handledBefore({ entity }: ContainmentRecord, by: string): Failure {
  return {
    code: 'handled-before',
    message: `${entity.arn}: what asks for it was handled before, by record ${by}. Delivered again, it contains nothing.`,
    next: 'Nothing is left to do. Who wants it contained once more asks anew.',
    transient: false,
  };
}

/** The entity was renamed, and another record contains it under the name that it had. */
export function containedUnderAnotherName(entity: Entity, other: ContainmentRecord): Failure {
  return {
    code: 'contained-under-another-name',
    message: `${entity.arn} is ${other.entity.arn}, which was renamed: record ${other.id} contains it (${other.state}). Nothing else was begun, and nothing of that record was taken back.`,
    next: `lockdown contain ${other.entity.arn} verifies it and adds a hold there; lockdown release ${other.id} is the way back.`,
    transient: false,
  };
}

/** The entity was renamed, and what was changed under the name that it had is being put back. */
export function releasedUnderAnotherName(entity: Entity, other: ContainmentRecord): Failure {
  return {
    code: 'released-under-another-name',
    message: `${entity.arn} is ${other.entity.arn}, which was renamed: record ${other.id}, which contained it, is being released (${other.state}).`,
    on: entity.arn,
    next: `Bring that release to its end (lockdown release ${other.id}), then try again.`,
    transient: true,
  };
}

/** The entity was seen before, and is not there any more or is another one under its name. */
export function replacedOrGone(work: Work, observed: Observed<unknown>): Failure | undefined {
  const { entityId, id } = work.lease.record;
  if (!observed.exists) {
    return {
      code: 'entity-gone',
      message: `${work.entity.arn} is no longer there: ${observed.missing ?? 'it was deleted during the incident.'}`,
      next: `Release record ${id} to put back what it shared with others.`,
      transient: false,
    };
  }
  if (entityId === undefined || entityId === observed.id) return undefined;
  return {
    code: 'entity-replaced',
    message: `${work.entity.arn} was deleted, and another one (${observed.id}) has its name now. The one that was contained was ${entityId}; the new one is not contained.`,
    next: `Release record ${id}, then contain ${work.entity.arn} again.`,
    transient: false,
  };
}

/** Another ledger contains the entity already: what we read as its original may be that ledger's doing. */
export function markedByAnother(entity: Entity, mark: string): Warning {
  return {
    text: `${entity.arn} carries the mark of another ledger (${mark}): what was original before that may be known only there, and release will ask.`,
  };
}

/** What is to be put back may open what another ledger wants closed, or be that ledger's doing: a person decides. */
export function releaseOfMarked(record: ContainmentRecord, mark: string, titles: readonly string[]): Failure {
  return {
    code: 'marked-by-another-ledger',
    message: `${record.entity.arn} carries, or carried when it was contained, the mark of another ledger (${mark}). Nothing was put back: it may open what is still contained there, and what was read as original may be that ledger's doing. That concerns: ${titles.join(', ')}.`,
    on: record.entity.arn,
    next: `Look into that ledger (lockdown status --ledger ...) and release there first what it contains. Then, or where the mark is forged: lockdown release ${record.id} --force puts back what was read; --keep CHANGE leaves a change in place.`,
    transient: false,
  };
}

/** An interrupt, or whoever fights the containment, has shortened the time in a hop or undone what it was for: it is not made again. */
export function wasCutShort({ title, dwell, dwellFor }: RecordTarget): Warning {
  return {
    text: `${title}: that did not come straight after its ${dwell} s of waiting${dwellFor === undefined ? '' : ` (${dwellFor})`}, since the wait was cut short or somebody set it back meanwhile. What the wait was for may not have happened.`,
  };
}

export function noRoom(title: string, on: string): Failure {
  return {
    code: 'no-room',
    message: `${title}: AWS has no room for it, and there is no other way that affects nobody else.`,
    on,
    next: 'Make room (remove a policy that is not needed), or choose the wider scope, then try again.',
    transient: false,
  };
}

export function contradiction(key: string): Failure {
  return {
    code: 'contradiction',
    message: `Two incidents want different values of ${key}.`,
    next: 'Contain with the same options, or release one of the incidents first.',
    transient: false,
  };
}

export function notReadable(target: RecordTarget): Failure {
  return {
    code: 'not-readable',
    message: `${target.title}: ${target.on} was not found, so that nobody can tell whether it is done.`,
    on: target.on,
    next: 'Look whether it was deleted; if it was, release and contain again.',
    transient: false,
  };
}

export function stillPending(target: RecordTarget, why: string): Failure {
  return {
    code: 'pending',
    message: `${target.title}: ${why}.`,
    on: target.on,
    next: 'Try again in some minutes.',
    transient: true,
  };
}

export function notSettling(targets: readonly RecordTarget[]): Failure {
  return {
    code: 'not-settling',
    message: `Set again and again, and still not as wanted: ${targets.map(({ title }) => title).join(', ')}. Either AWS is slow to show it, or somebody sets it back.`,
    next: 'Find who changes it (CloudTrail), contain that principal too, then try again.',
    transient: true,
  };
}

export function nothingToDo(work: Work): Failure {
  return {
    code: 'nothing-to-do',
    message: `There was nothing to contain on ${work.entity.arn}. That is not the same as contained.`,
    next: 'Check that it is the entity that is meant.',
    transient: false,
  };
}
