import { isArnFault, parseArn } from '@entity-lockdown/plugin-api';
import type { Arrived, Message } from './arrived.ts';
import { type Intake, neutralAnswer, type RefusalCode, type Refused, type Request } from './intake.ts';
import { fieldsIn, type GivenFields, isOptionName } from './request-fields.ts';
import { hide, hiding, isSecret, type Secret, tells } from './secret.ts';
import { isPlain, shownText } from './text.ts';

/** As many entities as one message may name. */
const mostArns = 50;
const mostOptions = 20;
const longestReason = 500;
const longestOption = 100;
/** As the command line takes it, so that what a message holds can be released there. */
const incidentForm = /^[\p{L}\p{N}][\p{L}\p{N} _.:/@#+-]{0,99}$/u;

/**
 * What a message on the request topic asks for: one request or one refusal for each entity that it names, or one refusal for all of it.
 * Nothing of a message counts before it has given the secret.
 */
export function requestsFrom(arrived: Arrived, { secret }: { readonly secret: Secret }): readonly Intake[] {
  if (arrived.kind === 'unreadable') {
    const { id, topic, reason } = arrived;
    const from = { ...(id !== undefined && { message: id }), ...(topic !== undefined && { topic }) };
    return [{ kind: 'refused', code: 'unreadable', reason, answer: neutralAnswer, ...from }];
  }
  const content = arrived.content.open();
  const given = fieldsIn(content);
  if (!hasSecret(given.externalIds, secret)) return [notAuthenticated(arrived, given)];
  const secrets = hiding(secret, given.externalIds);
  return asked(arrived, given, content.subject, secrets);
}

/** Each value that was given must be right. All are compared, so that the time tells nothing. */
function hasSecret(given: readonly unknown[], secret: Secret): boolean {
  const right = given.map((value) => isSecret(value, secret));
  return right.length > 0 && right.every(Boolean);
}

/** Nothing that the message says is repeated: whatever stands in it may be the secret in a wrong place. */
function notAuthenticated(message: Message, { externalIds }: GivenFields): Refused {
  const reason =
    externalIds.length === 0
      ? 'The message gives no ExternalId. Give it as the message attribute ExternalId, or as externalId in a JSON body.'
      : 'The ExternalId of the message is not the secret, neither the current one nor the previous one.';
  return { ...refusal(message, 'not-authenticated', reason), answer: neutralAnswer };
}

function refusal({ id, topic }: Message, code: RefusalCode, reason: string): Refused {
  return { kind: 'refused', code, reason, answer: reason, message: id, topic };
}

function asked(message: Message, given: GivenFields, subject: string | undefined, secrets: readonly string[]): readonly Intake[] {
  const refuse = (code: RefusalCode, reason: string): readonly Refused[] => [refusal(message, code, reason)];
  if (given.fault !== undefined) return refuse('bad-body', given.fault);
  const arns = onlyList(given.arns);
  if (arns === undefined)
    return refuse('contradiction', 'The message names its entities twice, and not the same ones. Name them once.');
  if (arns.length === 0)
    return refuse(
      'no-arn',
      'The message names no entity. Give its ARN as the message attribute Arn, or as arn or arns in a JSON body.',
    );
  if (arns.length > mostArns)
    return refuse(
      'too-many',
      `The message names ${arns.length} entities; at most ${mostArns} can be named in one. Send several messages.`,
    );
  const incident = incidentIn(given.incidents, secrets);
  if (incident !== undefined && 'code' in incident) return refuse(incident.code, incident.reason);
  const options = optionsIn(given.options, secrets);
  if ('code' in options) return refuse(options.code, options.reason);
  const reason = reasonIn(given, subject, secrets);
  const common = {
    options: options.options,
    message: message.id,
    by: `a message to ${message.topic} (${message.id}); SNS does not say who published it`,
    ...(incident !== undefined && { incident: incident.incident }),
    ...(reason !== '' && { reason }),
  };
  return arns.map((arn) => requestFor(arn, common, message, secrets));
}

/** One list, however often it was given; undefined where two of them differ. The same entity twice is one. */
function onlyList(lists: readonly (readonly unknown[])[]): readonly unknown[] | undefined {
  const [first = [], ...others] = lists.map((list) => new Set(list));
  const same = others.every(
    (other) => other.size === new Set(first).size && [...other].every((item) => new Set(first).has(item)),
  );
  return same ? [...first] : undefined;
}

type Fault = { readonly code: RefusalCode; readonly reason: string };

function incidentIn(given: readonly unknown[], secrets: readonly string[]): { readonly incident: string } | Fault | undefined {
  const [incident, ...others] = new Set(given);
  if (incident === undefined) return undefined;
  if (others.length > 0) return { code: 'contradiction', reason: 'The message names two incidents. Name one.' };
  if (typeof incident !== 'string' || !incidentForm.test(incident) || incident.endsWith(' '))
    return {
      code: 'bad-incident',
      reason: 'The incident cannot be the id of one: at most 100 letters, digits and characters of . : / @ # + - _',
    };
  return tells(incident, secrets) ? misplaced('incident') : { incident };
}

function misplaced(where: string): Fault {
  return {
    code: 'secret-misplaced',
    reason: `The ExternalId stands in the ${where} as well. Take it out there, and send the message again.`,
  };
}

function optionsIn(
  given: GivenFields['options'],
  secrets: readonly string[],
): { readonly options: { readonly [name: string]: string | number } } | Fault {
  const options = new Map<string, string | number>();
  for (const [name, value] of given) {
    if (!isOptionName(name) || !isOptionValue(value))
      return {
        code: 'bad-options',
        reason: `Options are an object of names of options and their values, each a number or a text of at most ${longestOption} characters.`,
      };
    if (tells(name, secrets) || tells(String(value), secrets)) return misplaced('options');
    if (options.has(name) && String(options.get(name)) !== String(value))
      return { code: 'contradiction', reason: `The message gives the option ${name} twice, with two values. Give it once.` };
    options.set(name, value);
  }
  if (options.size > mostOptions)
    return { code: 'bad-options', reason: `The message gives ${options.size} options; at most ${mostOptions} can be given.` };
  return { options: Object.fromEntries(options) };
}

function isOptionValue(value: unknown): value is string | number {
  if (typeof value === 'string') return value.length <= longestOption && isPlain(value);
  return typeof value === 'number' && Number.isFinite(value);
}

/** Why, in words for people: what is too long is cut, since an entity is not left alone for a long sentence. */
function reasonIn({ reasons, words }: GivenFields, subject: string | undefined, secrets: readonly string[]): string {
  const texts = reasons.filter((reason) => typeof reason === 'string');
  const said = texts.length > 0 ? texts : [subject ?? '', words];
  const whole = [...new Set(said)].filter((text) => text.trim() !== '').join(': ');
  return hide(shownText(hide(whole, secrets), longestReason), secrets);
}

function requestFor(
  arn: unknown,
  common: Omit<Request, 'kind' | 'arn'>,
  message: Message,
  secrets: readonly string[],
): Request | Refused {
  const text = typeof arn === 'string' ? arn : (JSON.stringify(arn) ?? '');
  if (tells(text, secrets)) {
    const { code, reason } = misplaced('ARN');
    return refusal(message, code, reason);
  }
  const read = typeof arn === 'string' ? parseArn(arn) : { fault: 'it is not a text' };
  if (!isArnFault(read)) return { kind: 'request', arn: text, ...common };
  const shown = hide(`${JSON.stringify(shownText(text, 120))} is not an ARN: ${shownText(read.fault, 300)}.`, secrets);
  return refusal(message, 'not-an-arn', `${shown} Give the ARN of the entity, such as arn:aws:iam::111122223333:role/app.`);
}
