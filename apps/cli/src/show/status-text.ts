import type { ContainmentRecord, RecordTarget, TargetStanding, Verification } from '@entity-lockdown/core';
import { shellWord, targetKey } from '@entity-lockdown/core';
import type { Kept } from '../kept.ts';
import { bold, dim, green, type Piece, red, yellow } from '../text/paint.ts';
import type { Writer } from '../writer.ts';
import { showFailure } from './failure-text.ts';
import { recordJson } from './outcome-text.ts';
import { valueText } from './value-text.ts';
import { showWarnings } from './warnings-text.ts';

/** The open records as a table. */
export function showRecords(out: Writer, records: readonly ContainmentRecord[], location: string): void {
  if (records.length === 0) {
    out.line(`No open record in ${location}: nothing is contained by this ledger.`);
    return;
  }
  out.line(bold(`${'STATE'.padEnd(16)}${'SINCE'.padEnd(21)}${'RECORD'.padEnd(27)}ENTITY`));
  for (const record of records) {
    const since = record.events[0]?.at.replace(/\.\d+Z$/, 'Z') ?? '';
    out.line(stateText(record.state, 16), since.padEnd(21), record.id.padEnd(27), record.entity.arn);
    const incidents = Object.keys(record.holds).filter((incident) => incident !== 'default');
    if (incidents.length > 0) out.line(dim(`${' '.repeat(16)}incident ${incidents.join(', ')}`));
  }
  out.line();
  out.line(dim('lockdown status RECORD shows one of them with its timeline.'));
}

/** What releases have left in place as asked: nobody holds it, and it stays until somebody takes it back. */
export function showKept(out: Writer, kept: readonly Kept[]): void {
  out.line();
  out.line(bold(`${'LEFT BY --keep'.padEnd(16)}${'RELEASED'.padEnd(21)}${'RECORD'.padEnd(27)}ENTITY`));
  for (const { record, targets } of kept) {
    const at = record.events.at(-1)?.at.replace(/\.\d+Z$/, 'Z') ?? '';
    out.line(yellow('kept'.padEnd(16)), at.padEnd(21), record.id.padEnd(27), record.entity.arn);
    for (const { title } of targets) out.paragraph(' '.repeat(16), title);
    out.paragraph(dim(' '.repeat(16)), takeBack(record));
  }
}

/** How what was kept is taken back. */
export function takeBack({ entity }: ContainmentRecord): string {
  const arn = shellWord(entity.arn);
  return `To take it back: lockdown contain ${arn}, then lockdown release ${arn} without --keep.`;
}

/** The same as data: a record whose changes are those that are still in place. */
export function keptJson({ record, targets }: Kept): { readonly [member: string]: unknown } {
  return { arn: record.entity.arn, type: record.plugin.id, ...recordJson({ ...record, targets }) };
}

/** Who makes the last look after a release. Whether a responder uses the ledger, the command does not know. */
export function lastLook({ id, next }: ContainmentRecord): string {
  return `From ${next?.at.replace(/\.\d+Z$/, 'Z')} on, run lockdown status ${id} --verify: a call sent before the release may have come late. Nothing looks by itself, but for a responder that uses this ledger: its mail tells what came back.`;
}

function stateText(state: ContainmentRecord['state'], width = 0): Piece {
  const text = state.padEnd(width);
  if (state === 'contained' || state === 'released') return green(text);
  return state === 'release-blocked' ? red(text) : yellow(text);
}

/** One record, with all that is known of it. */
export function showRecord(
  out: Writer,
  record: ContainmentRecord,
  seen: Verification | undefined,
  kept: readonly RecordTarget[],
): void {
  out.line(stateText(record.state), ' ', bold(record.entity.arn));
  out.line(`  Record  ${record.id}, plugin ${record.plugin.package}@${record.plugin.version}`);
  for (const [incident, { by, at, reason, options }] of Object.entries(record.holds)) {
    const said = Object.entries(options).map(([name, value]) => `${name} ${value}`);
    out.paragraph(
      '  Held    ',
      `by incident ${incident} since ${at} (${by})${said.length === 0 ? '' : `, ${said.join(', ')}`}${reason === undefined ? '' : `: ${reason}`}`,
    );
  }
  if (record.next !== undefined && record.state !== 'released')
    out.paragraph('  Next    ', `at ${record.next.at}: ${record.next.why}`);
  if (record.next !== undefined && record.state === 'released') out.paragraph('  Look    ', lastLook(record));
  if (kept.length > 0)
    out.paragraph(
      yellow('  Kept    '),
      `Still in place, as asked with --keep: ${kept.map(({ title }) => title).join('; ')}. ${takeBack(record)}`,
    );
  out.line('  Changes');
  const standings = new Map(seen?.targets.map((target) => [targetKey(target), target]));
  for (const target of record.targets) {
    const now = standings.get(targetKey(target));
    const word = now === undefined ? (target.released ?? (target.failure === undefined ? 'wanted' : 'failed')) : now.standing;
    out.line(
      '    ',
      wordText(word, record.state),
      target.title,
      now?.standing === 'changed' ? dim(`  (is ${valueText(now.now)})`) : '',
    );
    out.line(dim(`               ${target.setting} ${target.on}`));
    if (target.unavailable !== undefined)
      out.paragraph('               ', `No room for it (${target.unavailable}): another way is taken.`);
  }
  if (seen !== undefined) showVerification(out, record, seen);
  for (const failure of record.failures) showFailure(out, failure);
  showWarnings(out, record.warnings);
  out.line('  Timeline');
  let releasing = false;
  for (const { at, what, text } of record.events) {
    releasing = what === 'releasing' || (releasing && what !== 'hold' && what !== 'taken-over');
    // What is written on the way back bears the title of what it undoes.
    const word = releasing && what === 'write' ? 'undo' : what;
    out.paragraph(dim(`    ${at}  ${word.padEnd(11)} `), text);
  }
}

/** In a record that is not released, `original` is bad news: somebody has undone what the containment did. */
function wordText(word: string, state: ContainmentRecord['state']): Piece {
  const text = word.padEnd(11);
  const isGood = word === (wantedOf[state] ?? 'contained') || word === 'restored';
  if (isGood) return green(text);
  return word === 'failed' || word === 'original' || word === 'changed' ? red(text) : yellow(text);
}

function showVerification(out: Writer, record: ContainmentRecord, seen: Verification): void {
  if (seen.missing !== undefined) out.paragraph(yellow('  ! '), seen.missing);
  if (seen.replacedBy !== undefined) out.paragraph(yellow('  ! '), `Another entity has its name now: ${seen.replacedBy}.`);
  for (const { title, on } of seen.outstanding) out.line(yellow('    new       '), `${title} (${on})`);
  const { verified, text } = verdict(record, seen);
  out.paragraph(verified ? green('  Verified  ') : yellow('  Not verified  '), text);
}

const wantedOf: { readonly [state: string]: TargetStanding } = { released: 'original' };

/** Whether AWS is as the record says. What release has left on purpose is not asked for. */
export function verdict(record: ContainmentRecord, seen: Verification): { readonly verified: boolean; readonly text: string } {
  const expected = wantedOf[record.state] ?? 'contained';
  const leftOnPurpose = new Set(
    record.targets.filter(({ released }) => released !== undefined && released !== 'restored').map(targetKey),
  );
  const off = seen.targets.filter(
    (target) =>
      target.standing !== expected &&
      !leftOnPurpose.has(targetKey(target)) &&
      !(expected === 'original' && (target.alsoWantedBy.length > 0 || target.standing === 'gone')),
  );
  const gaps = expected === 'contained' ? seen.warnings.filter(({ gap }) => gap === true).length : 0;
  const open = off.length + (expected === 'contained' ? seen.outstanding.length : 0) + gaps;
  const isThere = seen.exists && seen.replacedBy === undefined;
  const settled = record.state === 'contained' || record.state === 'released';
  if (isThere && open === 0 && settled)
    return {
      verified: true,
      text: `Read from AWS just now: everything is as ${expected === 'contained' ? 'the containment wants it' : 'it was before the containment'}.`,
    };
  if (!settled && open === 0 && isThere)
    return { verified: false, text: `The record is ${record.state}; what it has changed so far is as wanted.` };
  const arn = shellWord(record.entity.arn);
  const again =
    expected === 'contained'
      ? ` lockdown contain ${arn} does it again.`
      : ` If no other record wants it so (lockdown status): lockdown contain ${arn}, then lockdown release ${arn}.`;
  return {
    verified: false,
    text: `Read from AWS just now: ${isThere ? `${open} of what it rests on ${open === 1 ? 'is' : 'are'} not as wanted: see the changes above, and what they do not stop.${again}` : 'the entity is not there.'}`,
  };
}

/** One record as data. */
export function statusJson(
  record: ContainmentRecord,
  seen: Verification | undefined,
  kept: readonly RecordTarget[],
): { readonly [member: string]: unknown } {
  const standings = seen === undefined ? undefined : new Map(seen.targets.map((target) => [targetKey(target), target.standing]));
  return {
    arn: record.entity.arn,
    type: record.plugin.id,
    plugin: { package: record.plugin.package, version: record.plugin.version },
    ...recordJson(record, standings),
    ...(kept.length > 0 && { kept: kept.map(({ setting, on, title }) => ({ setting, on, title })) }),
    events: record.events,
    ...(seen !== undefined && {
      verification: { ...verdict(record, seen), exists: seen.exists, outstanding: seen.outstanding },
    }),
  };
}
