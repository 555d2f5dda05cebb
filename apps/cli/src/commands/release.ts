import { type ContainmentRecord, shown } from '@entity-lockdown/core';
import { isBadInput, notRun } from '../bad-input.ts';
import type { NotAsked } from '../entities.ts';
import { type ExitCode, worst } from '../exit-code.ts';
import { failingOf } from '../failing.ts';
import { keptTargets } from '../keep-matching.ts';
import { openHost } from '../open-host.ts';
import { liveProgress } from '../progress.ts';
import { namedBy, recordOf } from '../records.ts';
import type { ReleaseOutcome } from '../release-outcome.ts';
import { looked, type ReleaseOrder, releaseOne, type ToRelease } from '../releasing.ts';
import type { Result, Running } from '../result.ts';
import { rejectedJson, showRejected } from '../show/rejected-text.ts';
import { releaseJson, showReleased, showToRelease } from '../show/release-text.ts';
import { mostAtOnce, sideBySide } from '../side-by-side.ts';
import { incidentId, oneLine } from '../text-input.ts';
import { usageError } from '../usage-error.ts';
import { registryFor } from './registry-for.ts';

interface ReleaseOptions {
  readonly yes?: boolean;
  readonly reason?: string;
  readonly incident?: string;
  readonly allHolds?: boolean;
  readonly keep?: readonly string[];
  readonly force?: boolean;
}

/** Releases entities side by side: shows what would be put back and what stays, and asks once. */
export async function release(
  args: readonly string[],
  options: { readonly [name: string]: unknown },
  running: Running,
): Promise<Result> {
  const given: ReleaseOptions = options;
  const { io, progress, signal, standing } = running;
  if (given.incident !== undefined && given.allHolds === true)
    throw usageError('--incident and --all-holds were both given.', 'Give one of them.');
  const reason = oneLine('--reason', given.reason, 1_000);
  const incident = incidentId(given.incident);
  if (given.yes !== true && !io.canAsk)
    throw usageError(
      'There is no terminal to ask at, and --yes was not given.',
      'Look at it with lockdown status, then add --yes.',
    );
  const live = liveProgress(running);
  const registry = await registryFor(options, running);
  const open = await openHost(options, registry, running, live);
  try {
    const toRelease = new Map<string, ToRelease>();
    const rejected: NotAsked[] = [];
    for (const target of args) {
      const input = shown(target).slice(1, -1);
      try {
        const record = await recordOf(open.ledger, await namedBy(registry, target));
        refuseEnded(record);
        const meant = incident ?? soleHold(record);
        const order: ReleaseOrder = {
          ...(meant !== undefined && given.allHolds !== true && { incident: meant }),
          ...(given.allHolds === true && { allHolds: true }),
          ...(given.force === true && { force: true }),
          ...(reason !== undefined && { reason }),
        };
        if (!toRelease.has(record.id))
          toRelease.set(record.id, { input, record, order, remaining: remainingHolds(record, order) });
      } catch (error) {
        const failing = failingOf(error);
        rejected.push({ input, ...failing, ...(nothingToRelease.has(failing.failure.code) && { concernsItself: true }) });
      }
    }
    if (rejected.some(isBadInput))
      return notRun(
        { ledger: open.ledger.location },
        rejected,
        [...toRelease.values()].map(({ input, record }) => ({ input, arn: record.entity.arn, type: record.plugin.id })),
      );
    const kept = withKept([...toRelease.values()], given.keep ?? []);
    const ready = given.yes === true ? kept : await sideBySide(kept, mostAtOnce, (each) => looked(open, each));
    let agreed: boolean | undefined = given.yes === true;
    if (!agreed && ready.some(({ order, record }) => changesSomething(record, order))) {
      for (const each of rejected) showRejected(progress, each);
      for (const each of ready) showToRelease(progress, each);
      progress.line();
      agreed = signal.aborted ? undefined : await io.confirm(question(ready));
    } else agreed = true;
    const outcomes = agreed === true ? await begin(ready) : ready.map(declined(agreed === undefined ? 130 : 3));
    return {
      exitCode: worst([...outcomes, ...rejected].map(({ exitCode }) => exitCode)),
      json: { ledger: open.ledger.location, entities: [...outcomes.map(releaseJson), ...rejected.map(rejectedJson)] },
      show(out, err) {
        for (const each of rejected) showRejected(err, each);
        for (const each of outcomes) showReleased(out, each);
      },
    };
  } finally {
    live.stop();
    open.close();
  }

  async function begin(ready: readonly ToRelease[]): Promise<readonly ReleaseOutcome[]> {
    live.begin();
    if (given.yes === true && incident === undefined) {
      for (const { record, order } of ready) {
        if (order.incident !== undefined && order.incident !== 'default')
          progress.paragraph('', `${record.entity.arn} is held by incident ${order.incident} alone, which lets it go.`);
      }
    }
    standing.text =
      'Ended at once. What was put back stays so, and the ledger knows of it. lockdown status shows it; the same command goes on.';
    return await sideBySide(ready, mostAtOnce, (each) => releaseOne(open, each, running, live));
  }
}

/**
 * What the ledger says of something that was named rightly, as by somebody who gives the same command again after it was cut short:
 * the others are released all the same.
 */
const nothingToRelease: ReadonlySet<string> = new Set(['not-contained', 'already-released', 'not-held']);

/**
 * The incident whose hold is meant where none is named: the only one. It is named to the core, so that a hold that comes in its place
 * before the release begins is not dropped.
 */
function soleHold({ holds }: ContainmentRecord): string | undefined {
  const [only, another] = Object.keys(holds);
  return another === undefined ? only : undefined;
}

/** A record that has ended has nothing to release. */
function refuseEnded(record: ContainmentRecord): void {
  if (record.state !== 'released' && record.state !== 'refused') return;
  throw usageError(
    `The record ${record.id} (${record.entity.arn}) has ended: ${record.state}.`,
    `Nothing is left to do; lockdown status ${record.id} shows it.`,
    'already-released',
  );
}

/** The incidents that hold the entity when those that are meant have let go. */
function remainingHolds(record: ContainmentRecord, { incident, allHolds }: ReleaseOrder): readonly string[] {
  const holds = Object.keys(record.holds);
  if (allHolds === true) return [];
  if (incident !== undefined && holds.length > 0 && !holds.includes(incident))
    throw usageError(
      `Incident ${incident} does not hold ${record.entity.arn}.`,
      `Held by: ${holds.join(', ')}. Give one of them to --incident, or --all-holds.`,
      'not-held',
    );
  return holds.filter((each) => each !== (incident ?? 'default'));
}

/** Whether a release would do anything: where no hold of it is meant, the answer is only that. */
function changesSomething(record: ContainmentRecord, order: ReleaseOrder): boolean {
  const holds = Object.keys(record.holds);
  return holds.length === 0 || remainingHolds(record, order).length < holds.length;
}

/** Finds the change that each `--keep` means, in whichever of the records it is: one must have it. */
function withKept(records: readonly ToRelease[], keep: readonly string[]): readonly ToRelease[] {
  const [only] = records;
  if (keep.length === 0 || only === undefined) return records;
  if (records.length > 1)
    throw usageError('--keep was given for several entities at once.', 'Release the entity that it is for by itself.');
  return [{ ...only, order: { ...only.order, keep: keptTargets(only.record, keep) } }];
}

function question(ready: readonly ToRelease[]): string {
  const [only] = ready;
  if (ready.length > 1 || only === undefined) return `Release these ${ready.length} entities?`;
  const { remaining, record, order } = only;
  const incident = order.incident ?? 'default';
  if (remaining.length > 0) return `Drop the hold of incident ${incident}? ${record.entity.arn} stays contained.`;
  // Whoever names no incident reads which one lets go.
  return incident === 'default' ? `Release ${record.entity.arn}?` : `Release ${record.entity.arn}, held by incident ${incident}?`;
}

function declined(exitCode: ExitCode) {
  return ({ input, record }: ToRelease): ReleaseOutcome => ({ input, record, outcome: 'declined', exitCode, seconds: 0 });
}
