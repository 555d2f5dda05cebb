import type { ContainmentRecord, Failure } from '@entity-lockdown/core';
import type { Commands } from './commands.ts';
import type { Mail, MailKind } from './mail.ts';
import { bodyOf, listed, part, plain, subjectOf } from './text.ts';

/** What mails about records are made with. */
export interface Writing {
  readonly commands: Commands;
  /** An entity type in words, by the plugin's id. */
  titleOf(type: string): string;
}

/** A record's state, as its `started` mail: who, what, why, and what is going to be done. */
export function startedMail(record: ContainmentRecord, writing: Writing): Mail {
  const { commands } = writing;
  return mailOf(record, writing, 'started', 'CONTAINING', [
    'Containment has begun. A second mail tells how it ended; where none comes within 15 minutes, look yourself (below).',
    ...part('What is being done', listed(changesOf(record))),
    ...part('Who asked, and why', whys(record)),
    ...part('To look', [`  ${commands.status(record.id)}`]),
    ...part('If it is a mistake: to take it back', [`  ${commands.release(record.id)}`]),
  ]);
}

/** What was read back, what it does not stop, and what to do next. */
export function containedMail(record: ContainmentRecord, writing: Writing): Mail {
  const done = doneOf(record);
  const readBack =
    done.length === changesOf(record).length
      ? 'All of it was read back from AWS: nothing is left to do.'
      : 'All that cuts it off was read back from AWS. What else was wanted and is not done is named below.';
  return mailOf(record, writing, 'contained', 'CONTAINED', [
    `Contained${record.containedAt === undefined ? '' : ` at ${record.containedAt}`}. ${readBack}`,
    ...part('Done, and read back', listed(done)),
    ...notStopped(record),
    ...part('Who asked, and why', whys(record)),
    ...part('What to do next', [
      '  1. Keep the evidence before anything is cleaned up: logs, snapshots, memory.',
      '  2. Find out how it began. What was stolen must be replaced before this is released.',
      '  3. Look for what the attacker made elsewhere: new users, roles, keys, functions, instances.',
    ]),
    ...wayBack(record, writing),
  ]);
}

/** Some of it could not be done, or a door is known to be open. */
export function partialMail(record: ContainmentRecord, writing: Writing): Mail {
  return mailOf(record, writing, 'partial', 'PARTIAL - ACT NOW', [
    'Only partly contained: the attacker may still have a way. It is tried again by itself, less and less often.',
    ...failuresOf(record.failures),
    ...notStopped(record),
    ...doneInPart(record),
    ...part('Who asked, and why', whys(record)),
    ...part('What to do next', [
      '  Mend what is named above, then have it tried at once:',
      `  ${writing.commands.request(record.entity.arn)}`,
    ]),
    ...wayBack(record, writing),
  ]);
}

/** Nothing was to be contained, and nothing is left of the attempt. */
export function refusedRecordMail(record: ContainmentRecord, writing: Writing): Mail {
  return mailOf(record, writing, 'refused', 'REFUSED', [
    'Nothing was contained, and nothing is left of the attempt.',
    ...failuresOf(record.failures),
    ...part('Who asked, and why', whys(record)),
  ]);
}

/** Somebody has let it go. */
export function releasedMail(record: ContainmentRecord, writing: Writing): Mail {
  const { release } = record;
  const reason = release?.reason === undefined ? '' : `: ${plain(release.reason)}`;
  return mailOf(record, writing, 'released', 'RELEASED', [
    `Released by ${plain(release?.by ?? 'somebody', 200)}${reason}. It is no longer contained by this record.`,
    ...part('What became of each change', listed(record.targets.map(outcomeOf))),
    ...part('If it was not you', ['  Contain it again:', `  ${writing.commands.request(record.entity.arn)}`]),
    ...part('To look', [`  ${writing.commands.status(record.id)}`]),
  ]);
}

/** After its release something reads as contained again. */
export function cameBackMail(record: ContainmentRecord, writing: Writing): Mail {
  const mail = mailOf(record, writing, 'failed', 'CAME BACK AFTER RELEASE', [
    'A last look after the release shows changes of the containment that came back.',
    ...failuresOf(record.failures),
    ...part('To look', [`  ${writing.commands.status(record.id)}`]),
  ]);
  // Whatever failed while it was contained was told by another mail of this kind.
  return { ...mail, about: `record ${record.id}, come back after its release` };
}

/** Whether something came back after the release could not be found out; it is tried again. */
export function lastLookFailedMail(record: ContainmentRecord, failure: Failure, writing: Writing): Mail {
  const mail = mailOf(record, writing, 'failed', 'NOT LOOKED AT AFTER RELEASE', [
    'It is released. Whether it stays so could not be looked at some minutes later, as it should be. That is tried again by itself.',
    ...failuresOf([failure]),
    ...part('To look', [`  ${writing.commands.status(record.id)}`]),
  ]);
  return { ...mail, about: `the last look at record ${record.id}` };
}

/** The work on a record met an error; it is tried again. */
export function failedRecordMail(record: ContainmentRecord, failure: Failure, writing: Writing): Mail {
  return mailOf(record, writing, 'failed', 'FAILED - ACT NOW', [
    'The containment cannot go on. It is tried again by itself; where that does not help, a mail tells that it was given up.',
    ...failuresOf([failure]),
    ...part('Wanted', listed(changesOf(record))),
    ...part('Who asked, and why', whys(record)),
    ...wayBack(record, writing),
  ]);
}

function mailOf(record: ContainmentRecord, writing: Writing, kind: MailKind, word: string, lines: readonly string[]): Mail {
  const { entity, plugin, id } = record;
  const where = [`account ${entity.account}`, ...(entity.region === '' ? [] : [entity.region])].join(', ');
  const title = writing.titleOf(plugin.id);
  return {
    kind,
    about: `record ${id}`,
    subject: subjectOf(`[lockdown] ${word}:`, title, plain(entity.name, 40), `(${where})`),
    body: bodyOf([`${word}: ${title} ${plain(entity.name)} (${where})`, plain(entity.arn), '', ...lines, '', `Record ${id}`]),
    attributes: {
      type: plugin.id,
      arn: entity.arn,
      account: entity.account,
      region: entity.region,
      record: id,
      outcome: kind === 'started' ? 'containing' : record.state,
    },
  };
}

function changesOf({ targets }: ContainmentRecord): readonly string[] {
  return targets.filter(({ unavailable }) => unavailable === undefined).map(({ title }) => plain(title));
}

/** What a look has shown as it is wanted, where it ended with one: neither what failed, nor what is named as not done. */
function doneOf({ targets, failures }: ContainmentRecord): readonly string[] {
  return targets
    .filter(({ title, unavailable, failure }) => {
      const isNamed = failures.some(({ message }) => message.includes(title));
      return unavailable === undefined && failure === undefined && !isNamed;
    })
    .map(({ title }) => plain(title));
}

/** Failures without a look at the entity as it is: what was done is not known by them. */
const withoutLook: readonly string[] = ['entity-gone', 'entity-replaced'];

function doneInPart(record: ContainmentRecord): readonly string[] {
  const unseen = record.failures.find(({ done }) => done !== undefined);
  if (unseen !== undefined) return part('Written, and not read back', listed((unseen.done ?? []).map((title) => plain(title))));
  if (record.failures.some(({ code }) => withoutLook.includes(code))) return [];
  return part('Done, and read back', listed(doneOf(record)));
}

function whys({ holds }: ContainmentRecord): readonly string[] {
  const each = Object.entries(holds).map(
    ([incident, { by, at, reason }]) =>
      `incident ${plain(incident, 120)}, at ${at}, by ${plain(by, 400)}${reason === undefined ? '' : `: ${plain(reason)}`}`,
  );
  return listed(each, 10);
}

function notStopped({ warnings }: ContainmentRecord): readonly string[] {
  return part(
    'What containment does not stop',
    listed(
      warnings
        .toSorted((a, b) => Number(b.gap ?? false) - Number(a.gap ?? false))
        .map(({ text, gap }) => `${gap === true ? 'OPEN: ' : ''}${plain(text)}`),
    ),
  );
}

export function failuresOf(failures: readonly Failure[]): readonly string[] {
  const each = failures.map(({ message, next }) => `${plain(message)}\n    What helps: ${plain(next)}`);
  return part('What is wrong', listed(each, 15));
}

function wayBack({ id, holds }: ContainmentRecord, { commands }: Writing): readonly string[] {
  const incidents = Object.keys(holds);
  const releases = incidents.length < 2 ? [commands.release(id)] : incidents.map((incident) => commands.release(id, incident));
  return [
    ...part('To look', [`  ${commands.status(id)}`]),
    ...part(
      'To release, with the credentials of somebody who may',
      releases.slice(0, 10).map((command) => `  ${command}`),
    ),
  ];
}

const outcomes = {
  restored: 'undone',
  others: 'stays: another containment wants it',
  kept: 'stays, as asked',
  late: 'stays: it first appeared after the containment',
  drift: 'left as it is: somebody changed it meanwhile',
  gone: 'no longer exists',
} as const;

function outcomeOf({ title, released }: ContainmentRecord['targets'][number]): string {
  return `${plain(title)}: ${released === undefined ? 'nothing to undo' : outcomes[released]}`;
}
