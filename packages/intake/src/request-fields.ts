import type { Content } from './arrived.ts';
import { at, type Fields, fieldsOf, parsed } from './json.ts';

/** What a message on the request topic gives, as it was given: nothing is checked yet, and the same may be given twice. */
export interface GivenFields {
  readonly externalIds: readonly unknown[];
  /** One list for each place that names entities. */
  readonly arns: readonly (readonly unknown[])[];
  readonly incidents: readonly unknown[];
  readonly reasons: readonly unknown[];
  readonly options: readonly (readonly [name: string, value: unknown])[];
  /** The body where it is no JSON object: words for people. */
  readonly words: string;
  /** Set where the body cannot be what it looks like, or an attribute that counts is in bytes. */
  readonly fault?: string;
}

/** Names in a body; attributes have them with a capital letter (`Arn`, `ExternalId`), and both are read in either place. */
const known = ['arn', 'arns', 'externalId', 'incident', 'reason', 'options'] as const;
type Name = (typeof known)[number];

/** The form of an option's name in a manifest. Attributes with other names are not ours. */
const optionForm = /^[a-z][A-Za-z0-9-]{0,63}$/;

/** Reads the attributes and the body of a message. */
export function fieldsIn({ attributes, body }: Content): GivenFields {
  const looksLikeJson = body.trimStart().startsWith('{');
  const inBody = looksLikeJson ? fieldsOf(parsed(body)) : undefined;
  const inAttributes = Object.fromEntries(
    [...attributes].flatMap(([name, { type, value }]) => (type === 'text' ? [[name, value]] : [])),
  );
  const values = (name: Name): readonly unknown[] => [...valuesOf(inAttributes, name), ...valuesOf(inBody, name)];
  return {
    externalIds: values('externalId'),
    arns: [...values('arn'), ...values('arns')].map(asList),
    incidents: values('incident'),
    reasons: values('reason'),
    options: [...foreign(inAttributes), ...values('options').flatMap(asOptions)],
    words: inBody === undefined && !looksLikeJson ? body : '',
    ...faultIn(looksLikeJson && inBody === undefined, attributes),
  };
}

function valuesOf(fields: Fields | undefined, name: Name): readonly unknown[] {
  return [name, capital(name)].map((spelling) => at(fields, spelling)).filter((value) => value !== undefined && value !== null);
}

function capital(name: Name): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** A list in JSON, which is how an attribute of the type String.Array arrives; anything else is a list of one. */
function asList(value: unknown): readonly unknown[] {
  const list = typeof value === 'string' && value.startsWith('[') ? parsed(value) : value;
  return Array.isArray(list) ? list : [value];
}

/** Attributes that can be options: those with a name of such a form, and not one of ours. */
function foreign(fields: Fields): readonly (readonly [string, unknown])[] {
  return Object.entries(fields).filter(([name]) => optionForm.test(name) && !(known as readonly string[]).includes(name));
}

/** The options of a body, or a name that is none, so that it is refused. */
function asOptions(value: unknown): readonly (readonly [string, unknown])[] {
  const given = typeof value === 'string' && value.startsWith('{') ? parsed(value) : value;
  const fields = fieldsOf(given);
  return fields === undefined ? [['', given]] : Object.entries(fields);
}

function faultIn(broken: boolean, attributes: Content['attributes']): { readonly fault?: string } {
  if (broken) return { fault: 'The body begins like a JSON object and is none.' };
  const inBytes = known.some((name) => [name, capital(name)].some((spelling) => attributes.get(spelling)?.type === 'unusable'));
  return inBytes ? { fault: 'An attribute that counts is Binary: give it as a String.' } : {};
}

/** Whether a text can be the name of an option. */
export function isOptionName(name: string): boolean {
  return optionForm.test(name);
}
