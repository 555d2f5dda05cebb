import { isArnFault, parseArn } from '@entity-lockdown/plugin-api';
import type { Arrived, Message } from './arrived.ts';
import { asffFinding } from './findings/asff.ts';
import type { Finding, FoundEntity, FoundReference } from './findings/finding.ts';
import { guardDutyFinding } from './findings/guardduty.ts';
import { ocsfFinding } from './findings/ocsf.ts';
import { type ContainRule, type FindingRules, isOwnRole, ruleFor } from './findings/rules.ts';
import {
  type Intake,
  type Notice,
  type NoticeCode,
  neutralAnswer,
  type RefusalCode,
  type Refused,
  type Request,
} from './intake.ts';
import { at, fieldsOf, listOf, parsed, textOf } from './json.ts';
import { hide, hiding, type Secret, tells } from './secret.ts';
import { shownText } from './text.ts';

/** EventBridge has one finding an event; a raw body may be a list. */
const mostFindings = 20;
/** As many entities as one finding may contain. */
const mostEntities = 50;

/** The events that have findings, by their source and detail-type. Only services of AWS can publish with a source that begins with aws. */
const events: ReadonlySet<string> = new Set([
  'aws.guardduty GuardDuty Finding',
  'aws.securityhub Security Hub Findings - Imported',
  'aws.securityhub Security Hub Findings - Custom Action',
  'aws.securityhub Findings Imported V2',
]);

export interface FindingOptions {
  readonly rules: FindingRules;
  /** The secret of the request topic. It counts for nothing here, and is kept out of all that comes out. */
  readonly secret?: Secret;
}

/**
 * What a message on the findings topic comes to: for each finding requests for its actors, or one notice. Only to be called for messages
 * of a topic to which nothing but EventBridge rules of this account may publish: a finding's text proves nothing, its way does.
 */
export function findingsFrom(arrived: Arrived, { rules, secret }: FindingOptions): readonly Intake[] {
  if (arrived.kind === 'unreadable') return [refusal(arrived, 'unreadable', arrived.reason)];
  return intakes(arrived, bodyOf(arrived, hiding(secret, [])), rules);
}

/** The body without the secret. Where a text has neither the secret nor an escape in it, no text in its JSON can have the secret. */
function bodyOf(message: Message, secrets: readonly string[]): unknown {
  const { body } = message.content.open();
  const mayTell = body.includes('\\') || tells(body, secrets);
  return mayTell ? parsed(body, (text) => hide(text, secrets)) : parsed(body);
}

function intakes(message: Message, body: unknown, rules: FindingRules): readonly Intake[] {
  const event = eventOf(body);
  if (event === undefined) return [refusal(message, 'unsupported-event', unsupportedEvent(body))];
  const { values } = event;
  if (values.length === 0) return [refusal(message, 'not-a-finding', notAFinding)];
  if (values.length > mostFindings) return [refusal(message, 'too-many', tooMany(values.length))];
  return values.flatMap((value) => {
    const finding = ocsfFinding(value) ?? asffFinding(value) ?? guardDutyFinding(value);
    if (finding === undefined) return [refusal(message, 'not-a-finding', notAFinding)];
    return decided({ ...finding, ...(event.action && { action: event.action }) }, message, event.id, rules);
  });
}

const notAFinding =
  'The message is no finding of GuardDuty or Security Hub, neither by itself nor in an event of EventBridge. Requests go to the request topic.';

function tooMany(count: number): string {
  return `The message has ${count} findings; at most ${mostFindings} can be in one. None of them was looked at.`;
}

function unsupportedEvent(body: unknown): string {
  const type = shownText(textOf(at(body, 'detail-type')) ?? '', 100);
  return `The event (${JSON.stringify(type)}) is none that has findings. Let the EventBridge rule pass on findings of GuardDuty and Security Hub alone.`;
}

interface Event {
  readonly values: readonly unknown[];
  /** The id of the event, if it is one. */
  readonly id?: string;
  readonly action?: { readonly name: string; readonly arn: string };
}

/** The findings in a body: of an event of EventBridge, or raw. Undefined for an event of another kind. */
function eventOf(body: unknown): Event | undefined {
  const type = at(body, 'detail-type');
  if (type === undefined) return { values: listed(body) };
  if (typeof type !== 'string' || !events.has(`${String(at(body, 'source'))} ${type}`)) return undefined;
  const id = textOf(at(body, 'id'));
  const values = listed(at(body, 'detail'));
  const isClick = type === 'Security Hub Findings - Custom Action';
  return { values, ...(id !== undefined && { id: shownText(id, 100) }), ...(isClick && { action: actionOf(body) }) };
}

function listed(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const list = at(value, 'findings') ?? at(value, 'Findings');
  if (Array.isArray(list)) return list;
  return fieldsOf(value) === undefined ? [] : [value];
}

function actionOf(body: unknown): { readonly name: string; readonly arn: string } {
  return {
    name: shownText(textOf(at(body, 'detail', 'actionName')) ?? '', 100),
    arn: shownText(textOf(listOf(at(body, 'resources'))[0]) ?? '', 300),
  };
}

/** Requests for the actors, or why people are only told. */
function decided(finding: Finding, message: Message, eventId: string | undefined, rules: FindingRules): readonly Intake[] {
  const notify = (code: NoticeCode): readonly Notice[] => [
    { kind: 'notify', code, why: whys[code], finding, message: handledAs(finding, message, eventId), by: byOf(finding, message) },
  ];
  const references = finding.entities.filter(isReference);
  const actors = references.filter(({ part }) => part === 'actor');
  // Whoever clicks means the entity, also where it only suffered: but not what stands beside an actor.
  const meant = actors.length > 0 ? actors : references;
  if (finding.sample) return notify('sample');
  if (meant.some((entity) => isOwnRole(entity, rules))) return notify('own-role');
  if (finding.state !== 'active') return notify('closed');
  if (finding.action !== undefined) {
    if (rules.customActions === false) return notify('clicks-off');
    return meant.length === 0 ? notify('nobody') : requests(meant, finding, message, eventId, undefined);
  }
  const rule = ruleFor(finding, rules);
  if (rule === undefined) return notify('no-rule');
  if (actors.length === 0) return notify('nobody');
  const its = actors.filter(({ arn }) => isOfAccount(arn, finding.account));
  return its.length === 0 ? notify('other-account') : requests(its, finding, message, eventId, rule);
}

/**
 * Whoever may import findings into Security Hub says of their own account what they like, and of no other: what the finding names elsewhere
 * is theirs to claim. https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html
 */
function isOfAccount(given: string, account: string): boolean {
  const arn = parseArn(given);
  return !isArnFault(arn) && arn.account === account;
}

function isReference(entity: FoundEntity): entity is FoundReference {
  return entity.kind === 'reference';
}

const whys: { readonly [code in NoticeCode]: string } = {
  'no-rule': 'No rule says to contain for findings of this type and severity.',
  nobody: 'The finding names nobody that acted and that can be contained.',
  closed: 'The finding is archived, suppressed or resolved.',
  sample: 'The finding is a sample.',
  'own-role': 'The finding is about what Entity Lockdown itself does.',
  'other-account': 'Who acted is of another account than the finding.',
  'clicks-off': 'Custom actions are configured to tell people alone.',
};

function requests(
  entities: readonly FoundReference[],
  finding: Finding,
  message: Message,
  eventId: string | undefined,
  rule: ContainRule | undefined,
): readonly Request[] {
  const arns = [...new Set(entities.map(({ arn }) => arn))].slice(0, mostEntities);
  const { title, types, severity, product, id } = finding;
  return arns.map((arn) => ({
    kind: 'request',
    arn,
    options: rule?.options ?? {},
    reason: shownText(`${product}: ${title} (${types[0] ?? 'no type'}, severity ${severity.word}, finding ${id})`, 500),
    message: handledAs(finding, message, eventId),
    by: byOf(finding, message),
    finding,
  }));
}

/**
 * Under which id a finding is handled once. By a rule, a state of the finding: Security Hub sends it again whenever anybody writes a note
 * on it, and what people have released meanwhile must not be contained again by that. By a click, the click.
 */
function handledAs(finding: Finding, message: Message, eventId: string | undefined): string {
  if (finding.action !== undefined) return `click ${eventId ?? message.id}`;
  return finding.updatedAt === '' ? message.id : `finding ${finding.id} at ${finding.updatedAt}`;
}

function byOf({ action, product, id }: Finding, message: Message): string {
  return action === undefined
    ? `the finding ${id} of ${product}, by a message to ${message.topic} (${message.id})`
    : `the custom action "${action.name}" of Security Hub on the finding ${id}, by a message to ${message.topic} (${message.id}); Security Hub does not say who clicked`;
}

function refusal(from: { readonly id?: string; readonly topic?: string }, code: RefusalCode, reason: string): Refused {
  const { id, topic } = from;
  const where = { ...(id !== undefined && { message: id }), ...(topic !== undefined && { topic }) };
  return { kind: 'refused', code, reason, answer: neutralAnswer, ...where };
}
