import { type Json, type Observed, resourceOf, sameJson } from '@entity-lockdown/plugin-api';
import { isoTime } from '../clock.ts';
import { type ContainmentRecord, isReleasing, type RecordTarget, targetKey } from '../ledger/record.ts';
import { BeingReleased, NotToBeContained } from './not-to-be-contained.ts';
import { containedUnderAnotherName } from './problems.ts';
import { joinResources, prefetch, settleAll } from './resources.ts';
import { claimIdentity } from './same-entity.ts';
import { type Look, standing } from './standing.ts';
import { withWanted } from './targets.ts';
import { foreignMark, save, type Work } from './work.ts';

export interface Listed {
  /** Whether anything was listed or joined. */
  readonly changed: boolean;
  /** The hops to make now, by target key: their time was saved, and will not be saved again. */
  readonly hops: ReadonlySet<string>;
}

/**
 * Lists what is wanted in the record, then joins what this epoch has not joined yet into the entries of its resources. Only in this
 * order: a want that no record lists would never be released. Hops that are about to be made are saved in the same write.
 *
 * @throws NotToBeContained where another record contains the entity under another name, BeingReleased where it is being released there
 */
export async function listTargets(
  work: Work,
  observed: Observed<unknown>,
  wanted: readonly RecordTarget[],
  look: Look,
): Promise<Listed> {
  const listed = (record: ContainmentRecord) =>
    withWanted(record, wanted, (on) => isOwn(work, on)).map((target) => withHop(work, target, look));
  const { record } = work.lease;
  const targets = listed(record);
  const toJoin = targets.filter((target) => target.unavailable === undefined && !isJoined(work, target, look));
  const early = prefetch(work, toJoin);
  const isNew = !sameJson(targets as unknown as Json, record.targets as unknown as Json);
  const foreign = foreignMark(observed, work.mark);
  const saving =
    isNew || record.lookedAt === undefined
      ? save(work, (current) => ({
          ...current,
          targets: listed(current),
          lookedAt: current.lookedAt ?? isoTime(work.host.clock.now()),
          entityId: current.entityId ?? observed.id,
          ...(foreign !== undefined && { markedBy: current.markedBy ?? foreign }),
        }))
      : undefined;
  await settleAll([...(saving === undefined ? [] : [saving]), isOnlyHere(work, observed.id)]);
  if (toJoin.length > 0) await joinResources(work, toJoin, look.state, early);
  const before = new Set(record.targets.filter(({ hopAt }) => hopAt !== undefined).map(targetKey));
  const hops = work.lease.record.targets.filter(({ hopAt }) => hopAt !== undefined).map(targetKey);
  // What cannot be read cannot be joined either: that is no progress.
  const hasJoined = toJoin.some((target) => isJoined(work, target, look));
  return { changed: isNew || hasJoined, hops: new Set(hops.filter((key) => !before.has(key))) };
}

/** What another record wants of the same entity must not be joined under a second name: the release of one would open the other. */
async function isOnlyHere(work: Work, entityId: string): Promise<void> {
  if (work.memory.identified) return;
  const other = await claimIdentity(work, entityId);
  if (other !== undefined && isReleasing(other.state)) throw new BeingReleased(other);
  if (other !== undefined) throw new NotToBeContained(containedUnderAnotherName(work.entity, other), { wantedByAnother: true });
  work.memory.identified = true;
}

/** Whether this epoch has joined a target, and what it is on is still the same one. */
function isJoined(work: Work, target: RecordTarget, look: Look): boolean {
  const key = targetKey(target);
  const before = work.memory.joined.get(key);
  const now = work.plugin.identify?.(look.state, resourceOf(target.on));
  return work.memory.joined.has(key) && (before === undefined || now === undefined || before === now);
}

/** Whether a target is on the entity itself, not on something that it shares with others. */
export function isOwn(work: Pick<Work, 'entity'>, on: string): boolean {
  const resource = resourceOf(on);
  return resource === work.entity.arn || resource === work.entity.on;
}

/** With the time of the hop that is about to be made: saved before it is made, so that it is made once. */
function withHop(work: Work, target: RecordTarget, look: Look): RecordTarget {
  return standing(work, target, look).kind === 'hop' ? { ...target, hopAt: isoTime(work.host.clock.now()) } : target;
}
