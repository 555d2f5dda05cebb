import type { Failure, PlanReport } from '@entity-lockdown/core';
import type { Notice, Refused } from '@entity-lockdown/intake';
import { isArnFault, parseArn } from '@entity-lockdown/plugin-api';
import type { AskedFor } from '../continuations.ts';
import { failuresOf, type Writing } from './about-record.ts';
import type { Mail, MailAttributes } from './mail.ts';
import { bodyOf, listed, part, plain, subjectOf } from './text.ts';

/** A message that could not be handled, as the intake says. */
export function refusedMessageMail(refused: Refused, id: string): Mail {
  const { code, reason, topic } = refused;
  return {
    kind: 'refused',
    // One message may be refused for several of its entities, each with a reason of its own.
    about: `message ${id} ${reason}`,
    subject: subjectOf('[lockdown] REFUSED: a message,', code),
    body: bodyOf([
      'REFUSED: a message',
      '',
      'Nothing was contained by it.',
      ...part('Why', [`  ${plain(reason)}`]),
      ...part('Which', [
        `  message ${plain(id, 120)}${topic === undefined ? '' : `, through ${plain(topic, 300)}`}`,
        '  SNS does not say who published it. CloudTrail does, where data events of SNS are logged.',
      ]),
      ...part('What to do next', [
        code === 'not-authenticated'
          ? '  Find out who published it: somebody who may publish has no valid secret, or has an old one.'
          : '  Whoever sent it publishes it again, mended.',
      ]),
    ]),
    attributes: { message: plain(id, 120), outcome: code },
  };
}

/** An entity that was asked for and must not, or cannot, be contained. */
export function refusedEntityMail(asked: AskedFor, failure: Failure): Mail {
  return {
    kind: 'refused',
    about: aboutAsked(asked),
    subject: subjectOf('[lockdown] REFUSED:', plain(asked.arn, 80)),
    body: bodyOf(['REFUSED', plain(asked.arn), '', 'Nothing was contained.', ...failuresOf([failure]), ...whoAsked(asked)]),
    attributes: { ...placeOf(asked.arn), message: plain(asked.message, 300), outcome: failure.code },
  };
}

/** A containment that could not begin. It is tried again. */
export function failedRequestMail(asked: AskedFor, failure: Failure): Mail {
  return {
    kind: 'failed',
    about: aboutAsked(asked),
    subject: subjectOf('[lockdown] FAILED - ACT NOW:', plain(asked.arn, 70)),
    body: bodyOf([
      'FAILED - ACT NOW',
      plain(asked.arn),
      '',
      'It may be NOT contained. It is tried again by itself; where that does not help, a mail tells that it was given up.',
      ...failuresOf([failure]),
      ...whoAsked(asked),
    ]),
    attributes: { ...placeOf(asked.arn), message: plain(asked.message, 300), outcome: failure.code },
  };
}

/** What is known of one entity of a finding that contains nothing by itself. */
export interface Considered {
  readonly arn: string;
  /** What would be done, or why that could not be found out. */
  readonly plan: PlanReport | Failure;
}

/** A finding: what it says, what would be done, and the command that does it. */
export function findingMail(notice: Notice, considered: readonly Considered[], { commands }: Writing): Mail {
  const { finding, why } = notice;
  const severity = `${finding.severity.word}${finding.severity.number === undefined ? '' : ` (${finding.severity.number})`}`;
  const others = finding.entities.flatMap((entity) =>
    entity.kind === 'unsupported'
      ? [`${plain(entity.type, 60)} ${plain(entity.id, 200)}: ${plain(entity.why)} ${plain(entity.instead)}`]
      : [],
  );
  return {
    kind: 'finding',
    // A click, and a list, may have several findings.
    about: `message ${notice.message} ${finding.id}`,
    subject: subjectOf(`[lockdown] FINDING ${finding.severity.word}:`, plain(finding.types[0] ?? finding.title, 80)),
    body: bodyOf([
      `FINDING, severity ${severity}: ${plain(finding.title)}`,
      '',
      `Nothing was contained. ${plain(why)}`,
      ...part('The finding', [
        `  ${plain(finding.types.slice(0, 5).join(', '))}`,
        `  account ${plain(finding.account, 20)}, ${plain(finding.region, 30)}, ${plain(finding.product, 60)}, ${plain(finding.updatedAt, 40)}`,
        `  id ${plain(finding.id, 300)}`,
      ]),
      ...considered.flatMap(({ arn, plan }) => [
        ...part(plain(arn), 'stages' in plan ? planLines(plan) : [`  It could not be looked at: ${plain(plan.message)}`]),
        '  To contain it, with the secret in the variable EXTERNAL_ID:',
        `  ${commands.request(arn)}`,
      ]),
      ...part('Not to be contained from here', listed(others, 10)),
    ]),
    attributes: { account: finding.account, region: finding.region, outcome: notice.code },
  };
}

function planLines({ exists, missing, record, stages, warnings, refusal, refusals }: PlanReport): readonly string[] {
  if (!exists) return [`  ${plain(missing ?? 'It does not exist.')}`];
  const changes = stages.flatMap((stage) => stage.changes.filter(({ transit }) => transit !== true));
  return [
    ...(record === undefined ? [] : [`  Contained already, or being contained: record ${record}.`]),
    ...(refusal === undefined ? [] : [`  It would be refused: ${plain(refusal.message)}`]),
    ...listed(
      changes.map(({ title, done }) => `${done ? 'is so already' : 'would be done'}: ${plain(title)}`),
      20,
    ),
    ...listed(
      refusals.map(({ message }) => `would be left alone: ${plain(message)}`),
      10,
    ),
    ...listed(
      warnings.map(({ text }) => `does not stop: ${plain(text)}`),
      10,
    ),
  ];
}

/** What could not be handled, however often it was tried. */
export interface DeadLetter {
  readonly id: string;
  readonly queue: 'continuations' | 'requests';
  /** What it was about, as far as it can be read. */
  readonly entities: readonly string[];
  readonly record?: string;
  readonly why: string;
}

export function deadLetterMail(letter: DeadLetter, { commands }: Writing): Mail {
  const { id, queue, entities, record, why } = letter;
  const again =
    queue === 'continuations'
      ? [
          '  Mend the cause, then have all dead continuations handled once more:',
          `  ${commands.redrive()}`,
          ...(entities.length > 0 ? ['  Or ask anew, with the secret in the variable EXTERNAL_ID:'] : []),
        ]
      : ['  Mend the cause, then publish it again, with the secret in the variable EXTERNAL_ID:'];
  return {
    kind: 'dead-letter',
    about: `dead letter ${id}`,
    subject: subjectOf('[lockdown] GIVEN UP - ACT NOW:', plain(entities[0] ?? record ?? 'a message', 65)),
    body: bodyOf([
      'GIVEN UP - ACT NOW',
      '',
      'A message could not be handled, however often it was tried. What it names may be NOT contained.',
      ...part(
        'What it names',
        listed([...entities.map((arn) => plain(arn)), ...(record === undefined ? [] : [`record ${record}`])]),
      ),
      ...part('Why', [`  ${plain(why)}`]),
      ...part('What to do next', [
        ...again,
        ...(entities.length === 0 && queue === 'requests' ? ['  Which entity it was, whoever published it knows.'] : []),
        ...entities.slice(0, 20).map((arn) => `  ${commands.request(arn)}`),
        ...(record === undefined ? [] : ['  To look:', `  ${commands.status(record)}`]),
      ]),
      '',
      `Message ${plain(id, 120)} stays in the dead-letter queue of ${queue}.`,
    ]),
    attributes: { ...placeOf(entities[0] ?? ''), outcome: 'dead-letter', ...(record !== undefined && { record }) },
  };
}

function aboutAsked({ message, arn }: AskedFor): string {
  return `message ${message} ${arn}`;
}

function whoAsked({ by, reason, at }: AskedFor): readonly string[] {
  return part('Who asked, and why', [
    `  at ${plain(at, 40)}, by ${plain(by, 400)}${reason === undefined ? '' : `: ${plain(reason)}`}`,
  ]);
}

function placeOf(given: string): MailAttributes {
  const arn = parseArn(given);
  return isArnFault(arn) ? {} : { arn: given, account: arn.account, region: arn.region };
}
