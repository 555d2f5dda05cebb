import type { PlannedChange, PlanReport } from '@entity-lockdown/core';
import type { Planned } from '../planning.ts';
import { bold, dim, green, red, yellow } from '../text/paint.ts';
import type { Writer } from '../writer.ts';
import { showFailure } from './failure-text.ts';
import { valueText } from './value-text.ts';
import { showWarnings } from './warnings-text.ts';

/** What would be done to one entity, and what it would not stop. */
export function showPlan(out: Writer, planned: Planned): void {
  const { asked } = planned;
  const { entity, registered } = asked.resolved;
  out.line();
  out.line(bold(planned.kind === 'plan' ? planned.report.entity.arn : entity.arn), dim(`  ${registered.manifest.title}`));
  if (asked.again.length > 0)
    out.paragraph('  ', `Named ${asked.again.length + 1} times (${[asked.input, ...asked.again].join(', ')}): done once.`);
  if (planned.kind === 'no') {
    out.line(red('  Left alone.'));
    showFailure(out, planned.failure);
    return;
  }
  if (planned.kind === 'blind') {
    out.line(yellow('  It could not be looked at. What needs no look can be done all the same.'));
    showFailure(out, planned.failure);
    return;
  }
  showReport(out, planned.report);
}

function showReport(out: Writer, report: PlanReport): void {
  if (report.record !== undefined) out.line(`  Contained already, or being contained: record ${report.record}.`);
  for (const { title, changes, dwell } of report.stages) {
    if (changes.length === 0) continue;
    out.line(`  ${title}`);
    for (const change of changes) showChange(out, change, report);
    if (dwell !== undefined && dwell.seconds > 0) out.paragraph('    ... ', `${dwell.seconds} s: ${dwell.why}`);
  }
  for (const refusal of report.refusals) {
    out.line(yellow('  Not all of it is done:'));
    showFailure(out, refusal);
  }
  showWarnings(out, report.warnings);
}

function showChange(
  out: Writer,
  { title, done, from, to, optional, irreversible, transit, on }: PlannedChange,
  report: PlanReport,
): void {
  // A hop is passed through on the way there: an interface that is isolated already does not go back to it.
  const isPassed =
    transit === true &&
    report.stages.some(({ changes }) => changes.some((other) => other.on === on && other.transit !== true && other.done));
  if (done || isPassed) out.line(green('    done  '), dim(title));
  else out.line('    do    ', title, dim(`  (${valueText(from)} -> ${valueText(to)})`));
  if (irreversible !== undefined) out.paragraph(yellow('          ! '), `Cannot be put back exactly: ${irreversible}`);
  if (optional !== undefined && !done) out.paragraph('          ', `If it fails: ${optional}`);
}

/** The same as data. */
export function planJson(planned: Planned): { readonly [member: string]: unknown } {
  const { asked, exitCode } = planned;
  const { entity, registered } = asked.resolved;
  const report = planned.kind === 'blind' ? undefined : planned.report;
  return {
    input: asked.input,
    ...(asked.again.length > 0 && { alsoGivenAs: asked.again }),
    arn: report?.entity.arn ?? entity.arn,
    type: registered.manifest.id,
    exitCode,
    exists: report?.exists ?? null,
    ...(report?.record !== undefined && { record: report.record }),
    stages: planned.kind === 'plan' ? planned.report.stages : [],
    warnings: report?.warnings ?? [],
    refusals: (report?.refusals ?? []).map(({ code, message, next }) => ({ code, message, next })),
    ...(planned.kind !== 'plan' && {
      error: { code: planned.failure.code, message: planned.failure.message, next: planned.failure.next },
    }),
  };
}
