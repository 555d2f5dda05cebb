import type { Context } from './context.ts';
import type { Statement } from './document.ts';
import { fits, fitsArn, literal } from './pattern.ts';

type Condition = Statement['conditions'][number];
/** Whether a value of the request is what a value of the policy says. */
type Compare = (given: string, wanted: string, context: Context | undefined) => boolean;

interface Operator {
  readonly compare: Compare;
  readonly negated?: true;
}

/**
 * Whether a condition holds. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * An operator that is not known holds never for an allow, and always for a deny: better shut than open.
 */
export function holds(condition: Condition, context: Context, deny: boolean, variables: boolean): boolean {
  const given = context.get(condition.key);
  const absent = given === undefined || given.length === 0;
  if (condition.operator === 'null') return condition.values.some((value) => value.toLowerCase() === String(absent));
  const [set, name] = setOf(condition.operator);
  const ifExists = name.endsWith('ifexists');
  const operator = operators[ifExists ? name.slice(0, -'ifexists'.length) : name];
  if (operator === undefined) return deny;
  const seen = variables ? context : undefined;
  const matches = (value: string): boolean =>
    condition.values.some((wanted) => operator.compare(value, wanted, seen)) !== (operator.negated === true);
  if (absent) {
    // IfExists changes nothing about a set operator:
    // https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w/foranyvalue-stringequalsifexists-behaving-unexpectedly
    if (set !== '') return set === 'forallvalues';
    return ifExists || operator.negated === true;
  }
  if (set === 'forallvalues') return given.every(matches);
  if (set === 'foranyvalue') return given.some(matches);
  return operator.negated === true ? given.every(matches) : given.some(matches);
}

function setOf(operator: string): readonly [string, string] {
  const colon = operator.indexOf(':');
  return colon === -1 ? ['', operator] : [operator.slice(0, colon), operator.slice(colon + 1)];
}

const same: Compare = (given, wanted, context) => given === literal(wanted, context);
const sameIgnoringCase: Compare = (given, wanted, context) => given.toLowerCase() === literal(wanted, context)?.toLowerCase();
const numbers =
  (is: (given: number, wanted: number) => boolean): Compare =>
  (given, wanted) =>
    is(Number(given), Number(wanted));
const dates =
  (is: (given: number, wanted: number) => boolean): Compare =>
  (given, wanted) =>
    is(time(given), time(wanted));

/** ISO 8601, or seconds since the epoch. */
function time(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text);
}

const operators: { readonly [name: string]: Operator | undefined } = {
  stringequals: { compare: same },
  stringnotequals: { compare: same, negated: true },
  stringequalsignorecase: { compare: sameIgnoringCase },
  stringnotequalsignorecase: { compare: sameIgnoringCase, negated: true },
  stringlike: { compare: (given, wanted, context) => fits(wanted, given, context) },
  stringnotlike: { compare: (given, wanted, context) => fits(wanted, given, context), negated: true },
  // "ArnEquals and ArnLike behave identically": both know wildcards.
  arnequals: { compare: (given, wanted, context) => fitsArn(wanted, given, context) },
  arnlike: { compare: (given, wanted, context) => fitsArn(wanted, given, context) },
  arnnotequals: { compare: (given, wanted, context) => fitsArn(wanted, given, context), negated: true },
  arnnotlike: { compare: (given, wanted, context) => fitsArn(wanted, given, context), negated: true },
  bool: { compare: sameIgnoringCase },
  numericequals: { compare: numbers((given, wanted) => given === wanted) },
  numericnotequals: { compare: numbers((given, wanted) => given === wanted), negated: true },
  numericlessthan: { compare: numbers((given, wanted) => given < wanted) },
  numericlessthanequals: { compare: numbers((given, wanted) => given <= wanted) },
  numericgreaterthan: { compare: numbers((given, wanted) => given > wanted) },
  numericgreaterthanequals: { compare: numbers((given, wanted) => given >= wanted) },
  dateequals: { compare: dates((given, wanted) => given === wanted) },
  datenotequals: { compare: dates((given, wanted) => given === wanted), negated: true },
  datelessthan: { compare: dates((given, wanted) => given < wanted) },
  datelessthanequals: { compare: dates((given, wanted) => given <= wanted) },
  dategreaterthan: { compare: dates((given, wanted) => given > wanted) },
  dategreaterthanequals: { compare: dates((given, wanted) => given >= wanted) },
};
