import { type ContainmentRecord, type RecordTarget, shellWord, type TargetStanding, targetKey } from '@entity-lockdown/core';
import type { Outcome, OutcomeWord } from '../outcome.ts';
import { failureJson } from '../result.ts';
import { bold, dim, green, type Piece, red, yellow } from '../text/paint.ts';
import type { Writer } from '../writer.ts';
import { showFailure } from './failure-text.ts';
import { showWarnings } from './warnings-text.ts';

/**
 * How one entity's containment ended: what was verified, what it does not stop, and the way back.
 *
 * @param command what goes on with it
 */
export function showContained(out: Writer, result: Outcome, command: 'contain' | 'request'): void {
  const { asked, outcome, record, failure, seconds } = result;
  const arn = record?.entity.arn ?? asked.resolved.entity.arn;
  out.line();
  out.line(headings[outcome] ?? red(outcome.toUpperCase()), ' ', bold(arn), dim(`  ${seconds.toFixed(1)} s`));
  if (asked.again.length > 0) out.line(`  Named ${asked.again.length + 1} times: done once.`);
  // Of what the responder is still at, nothing is known to be set.
  if (record !== undefined && record.state !== 'refused' && outcome !== 'requested') {
    if (outcome === 'contained') out.line('  Verified by reading back from AWS; nothing is left to do:');
    for (const target of record.targets) {
      if (target.unavailable === undefined) out.line(...targetLine(target, outcome === 'contained'));
    }
  }
  for (const each of [...(failure === undefined ? [] : [failure]), ...(record?.failures ?? [])]) showFailure(out, each);
  if (record !== undefined && record.state !== 'refused') showWarnings(out, record.warnings);
  if (outcome === 'requested' && failure === undefined)
    out.paragraph(
      '  ',
      'Published. Nothing is contained until the responder says so: its audit mails do, and lockdown status does.',
    );
  goOn(out, result, command);
}

function targetLine({ title, failure }: RecordTarget, verified: boolean): readonly Piece[] {
  if (failure !== undefined) return [red('    no    '), title];
  return verified ? [green('    done  '), title] : ['    set   ', title];
}

const headings: { readonly [word in OutcomeWord]?: Piece } = {
  contained: green('CONTAINED'),
  partial: yellow('PARTIAL'),
  interrupted: yellow('INTERRUPTED'),
  'not-begun': yellow('NOT BEGUN'),
  declined: yellow('DECLINED'),
  requested: bold('REQUESTED'),
};

function goOn(out: Writer, { asked, outcome, record, message }: Outcome, command: 'contain' | 'request'): void {
  if (outcome === 'interrupted' || outcome === 'not-begun' || outcome === 'partial')
    out.line(`  To go on:    lockdown ${command} ${shellWord(asked.resolved.entity.arn)}`);
  if (message !== undefined) out.line(`  Message      ${message}`);
  if (record === undefined || record.state === 'refused') return;
  out.line(`  Record       ${record.id}`);
  out.line(`  To look:     lockdown status ${record.id}`);
  out.line(`  To release:  lockdown release ${record.id}`);
}

/** The same as data. */
export function outcomeJson(result: Outcome): { readonly [member: string]: unknown } {
  const { asked, outcome, exitCode, record, message, failure, seconds } = result;
  return {
    input: asked.input,
    ...(asked.again.length > 0 && { alsoGivenAs: asked.again }),
    arn: record?.entity.arn ?? asked.resolved.entity.arn,
    type: asked.resolved.registered.manifest.id,
    exitCode,
    outcome,
    seconds,
    ...(message !== undefined && { message }),
    ...(record !== undefined && recordJson(record)),
    ...(failure !== undefined && { error: failureJson(failure) }),
  };
}

/** A record as JSON shows it: what is needed to follow it, and none of the ledger's own bookkeeping. */
export function recordJson(
  record: ContainmentRecord,
  standings?: ReadonlyMap<string, TargetStanding>,
): { readonly [member: string]: unknown } {
  return {
    record: record.id,
    state: record.state,
    holds: Object.fromEntries(
      Object.entries(record.holds).map(([incident, { by, at, reason, options }]) => [
        incident,
        { by, at, ...(reason !== undefined && { reason }), options },
      ]),
    ),
    changes: record.targets
      .filter(({ unavailable }) => unavailable === undefined)
      .map(({ setting, on, title, failure, released, late }) => ({
        setting,
        on,
        title,
        ...(failure !== undefined && { error: failureJson(failure) }),
        ...(late === true && { late }),
        ...(released !== undefined && { released }),
        ...standingJson(standings?.get(targetKey({ setting, on }))),
      })),
    warnings: record.warnings,
    failures: record.failures.map(failureJson),
    ...(record.next !== undefined && { next: record.next }),
  };
}

function standingJson(standing: TargetStanding | undefined): { readonly standing?: TargetStanding } {
  return standing === undefined ? {} : { standing };
}
