import { type RecordTarget, shellWord, targetKey, type VerifiedTarget } from '@entity-lockdown/core';
import type { ReleaseOutcome, ReleaseOutcomeWord } from '../release-outcome.ts';
import type { ToRelease } from '../releasing.ts';
import { failureJson } from '../result.ts';
import { bold, dim, green, type Piece, red, yellow } from '../text/paint.ts';
import type { Writer } from '../writer.ts';
import { showFailure } from './failure-text.ts';
import { recordJson } from './outcome-text.ts';
import { lastLook, takeBack } from './status-text.ts';
import { valueText } from './value-text.ts';

/** What a release would put back, and what it would leave: shown before anybody is asked. */
export function showToRelease(out: Writer, { record, order, remaining, seen, unseen }: ToRelease): void {
  out.line();
  out.line(bold(record.entity.arn), dim(`  record ${record.id}, ${record.state}`));
  for (const [incident, { by, at, reason }] of Object.entries(record.holds))
    out.paragraph('  held  ', `by incident ${incident} since ${at} (${by})${reason === undefined ? '' : `: ${reason}`}`);
  if (remaining.length > 0) {
    out.paragraph(
      yellow('  stays contained  '),
      `Incident ${remaining.join(', ')} holds it too. ${waysToLetGo(record, remaining)}`,
    );
    return;
  }
  if (unseen !== undefined)
    out.paragraph(yellow('  not looked at  '), `${unseen} What has changed meanwhile is found out during the release.`);
  const mark = seen?.markedBy ?? record.markedBy;
  if (mark !== undefined && order.force !== true)
    out.paragraph(
      yellow('  another ledger  '),
      `The mark of another ledger (${mark}) is on it, or was when it was contained: what is not ours alone is undone only with --force. Look there first what is still contained.`,
    );
  if (seen?.exists === false) out.paragraph(yellow('  gone  '), seen.missing ?? 'It does not exist any more.');
  if (seen?.replacedBy !== undefined)
    out.paragraph(
      yellow('  replaced  '),
      `Another entity (${seen.replacedBy}) has its name now: nothing is put back on that one.`,
    );
  const byKey = new Map(seen?.targets.map((target) => [targetKey(target), target]));
  const kept = new Set((order.keep ?? []).map(targetKey));
  for (const target of record.targets.toReversed()) {
    if (target.unavailable !== undefined) continue;
    const [does, note] = whatHappens(target, byKey.get(targetKey(target)), kept.has(targetKey(target)), order.force === true);
    out.line(...does, target.title, dim(note));
  }
  const reactivated = record.targets.filter(
    (target) => !kept.has(targetKey(target)) && byKey.get(targetKey(target))?.from === 'Active',
  );
  if (reactivated.length > 0)
    out.paragraph(
      yellow('  ! '),
      `${reactivated.length === 1 ? 'A credential becomes' : `${reactivated.length} credentials become`} active again: ${reactivated.map(({ on }) => on.split('#').at(-1)).join(', ')}. Whoever stole ${reactivated.length === 1 ? 'it' : 'them'} can use ${reactivated.length === 1 ? 'it' : 'them'} again. Replace what was stolen first, or leave it inactive with --keep.`,
    );
  const drifted = seen?.targets.filter(({ standing }) => standing === 'changed') ?? [];
  if (drifted.length > 0 && order.force !== true)
    out.paragraph(
      yellow('  ! '),
      'What somebody changed meanwhile is left as it is. --force puts the original back all the same.',
    );
}

function whatHappens(
  target: RecordTarget,
  seen: VerifiedTarget | undefined,
  isKept: boolean,
  force: boolean,
): readonly [readonly Piece[], string] {
  if (isKept) return [[yellow('    stays (--keep)  ')], ''];
  if ((seen?.alsoWantedBy.length ?? 0) > 0)
    return [[yellow('    stays (shared)  ')], `  also wanted by record ${seen?.alsoWantedBy.join(', ')}`];
  if (target.late === true) return [[yellow('    stays (new)     ')], '  it first appeared after the containment'];
  if (seen?.standing === 'gone') return [[dim('    gone            ')], ''];
  if (seen?.standing === 'changed' && !force)
    return [
      [yellow('    stays (changed) ')],
      `  somebody set it to ${valueText(seen.now)}${seen.from === undefined ? '' : `; before the containment: ${valueText(seen.from)}`}`,
    ];
  return [['    undone          '], seen?.from === undefined ? '' : `  (to: ${valueText(seen.from)})`];
}

/** The commands that let each hold go, and all of them. */
function waysToLetGo({ id }: ToRelease['record'], incidents: readonly string[]): string {
  const each = incidents.map((incident) => `lockdown release ${id} --incident ${shellWord(incident)}`);
  return `To let one go: ${each.join('; ')}. To release it whoever holds it: lockdown release ${id} --all-holds.`;
}

/** How one release ended. */
export function showReleased(out: Writer, { record, outcome, otherHolds, dropped, failure, seconds }: ReleaseOutcome): void {
  out.line();
  out.line(headings[outcome] ?? red(outcome.toUpperCase()), ' ', bold(record.entity.arn), dim(`  ${seconds.toFixed(1)} s`));
  if (otherHolds !== undefined)
    out.paragraph('  ', `Still contained: held by incident ${otherHolds.join(', ')}. ${waysToLetGo(record, otherHolds)}`);
  if (outcome === 'released' || outcome === 'released-but' || outcome === 'blocked' || outcome === 'interrupted') {
    for (const target of record.targets) {
      if (target.unavailable === undefined) out.line(...outcomeLine(target));
    }
  }
  for (const each of [...(failure === undefined ? [] : [failure]), ...(outcome === 'blocked' ? record.failures : [])])
    showFailure(out, each);
  if (outcome === 'blocked' || outcome === 'interrupted' || outcome === 'not-begun')
    out.line(`  To go on:  lockdown release ${record.id}`);
  if (outcome === 'contained-again') out.line('  Somebody contained it again before it was released.');
  if (record.state === 'released' && record.targets.some(({ released }) => released === 'kept'))
    out.paragraph('  Kept       ', takeBack(record));
  if (record.state === 'released' && record.next !== undefined) out.paragraph('  Last look  ', lastLook(record));
  if (dropped !== undefined) out.line(`  Let go by  incident ${dropped.join(', ')}`);
  out.line(`  Record     ${record.id}`);
}

function outcomeLine({ title, released }: RecordTarget): readonly Piece[] {
  switch (released) {
    case 'restored':
      return [green('    undone  '), title];
    case 'others':
      return [yellow('    stays   '), title, ': another containment wants it'];
    case 'kept':
      return [yellow('    stays   '), title, ': as asked with --keep'];
    case 'late':
      return [yellow('    stays   '), title, ': it first appeared after the containment'];
    case 'drift':
      return [yellow('    drift   '), title, ': somebody changed it meanwhile, left as it is'];
    case 'gone':
      return [dim('    gone    '), title];
    default:
      return [yellow('    not yet '), title];
  }
}

const headings: { readonly [word in ReleaseOutcomeWord]?: Piece } = {
  released: green('RELEASED'),
  'released-but': yellow('RELEASED BUT FOR WHAT IS SHOWN'),
  'still-held': yellow('STILL CONTAINED'),
  interrupted: yellow('INTERRUPTED'),
  'not-begun': yellow('NOT BEGUN'),
  declined: yellow('DECLINED'),
};

/** The same as data. */
export function releaseJson({ input, record, outcome, exitCode, otherHolds, dropped, failure, seconds }: ReleaseOutcome): {
  readonly [member: string]: unknown;
} {
  return {
    input,
    arn: record.entity.arn,
    type: record.plugin.id,
    exitCode,
    outcome,
    seconds,
    ...recordJson(record),
    ...(otherHolds !== undefined && { otherHolds }),
    ...(dropped !== undefined && { dropped }),
    ...(failure !== undefined && { error: failureJson(failure) }),
  };
}
