import type { Context } from './context.ts';

// In a pattern made ready, wildcards are these two, so that a * in the value of a variable stays a character.
const anyRun = '\uE000';
const anyOne = '\uE001';

/**
 * Whether a text fits a pattern of a policy: `*` stands for any run of characters, `?` for one, `${key}` for a value of the request.
 * A variable without a value fits nothing. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function fits(pattern: string, text: string, context: Context | undefined): boolean {
  if (pattern === '*') return true;
  const ready = prepare(pattern, context);
  return ready !== undefined && glob(ready, text);
}

/**
 * The same for ARNs, part by part: a wildcard does not reach over a colon, but in the resource at the end.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function fitsArn(pattern: string, arn: string, context: Context | undefined): boolean {
  if (pattern === '*') return true;
  const ready = prepare(pattern, context);
  if (ready === undefined) return false;
  if (ready === arn) return true;
  const patterns = parts(ready);
  const given = parts(arn);
  return patterns.length === given.length && patterns.every((each, at) => glob(each, given[at] ?? ''));
}

/**
 * The same for a Resource, where a wildcard at the very end reaches over what colons are missing: `arn:aws:iam::*` is all of IAM.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function fitsResource(pattern: string, arn: string, context: Context | undefined): boolean {
  const open = pattern.startsWith('arn:') && pattern.endsWith('*');
  const missing = open ? 6 - pattern.split(':').length : 0;
  return fitsArn(missing > 0 ? pattern + ':*'.repeat(missing) : pattern, arn, context);
}

/** The text itself, with variables replaced: for operators that know no wildcards. */
export function literal(pattern: string, context: Context | undefined): string | undefined {
  return pattern.includes('${') ? replace(pattern, context, (value) => value) : pattern;
}

function parts(arn: string): readonly string[] {
  const split = arn.split(':');
  return split.length <= 6 ? split : [...split.slice(0, 5), split.slice(5).join(':')];
}

function prepare(pattern: string, context: Context | undefined): string | undefined {
  if (context === undefined || !pattern.includes('${')) return wild(pattern);
  return replace(pattern, context, wild);
}

function wild(text: string): string {
  return text.replaceAll('*', anyRun).replaceAll('?', anyOne);
}

const variable = /\$\{([^}]*)\}/g;

function replace(pattern: string, context: Context | undefined, outside: (text: string) => string): string | undefined {
  let made = '';
  let from = 0;
  for (const match of pattern.matchAll(variable)) {
    const [whole, inside = ''] = match;
    const value = variableValue(inside, context);
    if (value === undefined) return undefined;
    made += outside(pattern.slice(from, match.index)) + value;
    from = match.index + whole.length;
  }
  return made + outside(pattern.slice(from));
}

function variableValue(inside: string, context: Context | undefined): string | undefined {
  // ${*}, ${?} and ${$} are the characters themselves.
  if (inside === '*' || inside === '?' || inside === '$') return inside;
  const [, key = '', otherwise] = /^([^,]*?)\s*(?:,\s*'(.*)'\s*)?$/.exec(inside) ?? [];
  const values = context?.get(key.toLowerCase());
  return values?.length === 1 ? values[0] : otherwise;
}

/** Wildcard matching that goes back to the last run alone: its time stays within pattern times text. */
function glob(pattern: string, text: string): boolean {
  let at = 0;
  let run = -1;
  let mark = 0;
  let here = 0;
  while (at < text.length) {
    const wanted = pattern[here];
    if (wanted === anyRun) {
      run = here;
      mark = at;
      here += 1;
    } else if (wanted !== undefined && (wanted === anyOne || wanted === text[at])) {
      here += 1;
      at += 1;
    } else if (run !== -1) {
      here = run + 1;
      mark += 1;
      at = mark;
    } else {
      return false;
    }
  }
  while (pattern[here] === anyRun) here += 1;
  return here === pattern.length;
}
