import { iamName, isArnFault, matchesArn, parseArn } from '@entity-lockdown/plugin-api';
import { at, fieldsOf, listOf } from '../json.ts';
import type { Finding, FoundReference } from './finding.ts';
import { reaches, type SeverityWord, severityWords } from './severity.ts';

/** What happens upon findings. Without a rule, people are told and nothing else. */
export interface FindingRules {
  readonly contain?: readonly ContainRule[];
  /** Whether a custom action of Security Hub, which is a person's click, contains. It does unless this is false. */
  readonly customActions?: boolean;
  /** The roles that this responder acts as, in all accounts, as ARN patterns: what they do is never a reason to contain. */
  readonly ownRoles: readonly string[];
}

/** Findings whose actors are contained. */
export interface ContainRule {
  /**
   * Types of findings: exactly, or with a `*` at the end that stands for whole segments: `CryptoCurrency:*`, `Backdoor:EC2/*`, `*`.
   */
  readonly types: readonly string[];
  /** The least severity. */
  readonly severity: SeverityWord;
  readonly options?: { readonly [name: string]: string | number };
}

const typeForm = /^[^*]*$|^([^*]*[:/.!])?\*$/;

/** What is wrong with rules, in a sentence, or undefined: for whoever loads them, before the first finding comes. */
export function faultOfRules(rules: unknown): string | undefined {
  if (fieldsOf(rules) === undefined) return 'The rules are not an object.';
  const own = at(rules, 'ownRoles');
  if (!Array.isArray(own) || !own.every(isRolePattern))
    return 'ownRoles must list the roles that the responder acts as, such as arn:*:iam::*:role/EntityLockdown.';
  const clicks = at(rules, 'customActions');
  if (clicks !== undefined && typeof clicks !== 'boolean') return 'customActions must be true or false.';
  const contain = at(rules, 'contain') ?? [];
  if (!Array.isArray(contain)) return 'contain must be a list of rules.';
  return contain.map(faultOfRule).find((fault) => fault !== undefined);
}

function faultOfRule(rule: unknown): string | undefined {
  const types = at(rule, 'types');
  if (!Array.isArray(types) || types.length === 0 || !types.every((type) => typeof type === 'string' && type !== ''))
    return 'Each rule must list the types of findings that it is for.';
  const wrong = types.find((type: string) => !typeForm.test(type));
  if (wrong !== undefined)
    return `The type ${JSON.stringify(wrong)} has a * where none can be: it stands at the end, after one of : / . ! or alone.`;
  if (!severityWords.includes(at(rule, 'severity') as SeverityWord))
    return `Each rule must name the least severity: ${severityWords.join(', ')}.`;
  const options = at(rule, 'options');
  return options === undefined || fieldsOf(options) !== undefined ? undefined : 'The options of a rule must be an object.';
}

function isRolePattern(pattern: unknown): boolean {
  return typeof pattern === 'string' && /^arn:[^:]+:iam::[^:]+:role\/.+$/.test(pattern);
}

/** The first rule that a finding fits, or undefined. */
export function ruleFor(finding: Finding, rules: FindingRules): ContainRule | undefined {
  return listOf(rules.contain)
    .map((rule) => rule as ContainRule)
    .find(
      ({ types, severity }) =>
        reaches(finding.severity, severity) && types.some((type) => finding.types.some((is) => fits(type, is))),
    );
}

function fits(pattern: string, type: string): boolean {
  if (!typeForm.test(pattern)) return false;
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}

/** Whether an entity is a role that this responder acts as. Paths do not count: many findings do not have them, and names are unique. */
export function isOwnRole(entity: FoundReference, rules: FindingRules): boolean {
  const arn = parseArn(entity.arn);
  if (entity.type !== 'role' || isArnFault(arn)) return false;
  const [, name = ''] = arn.service === 'sts' ? arn.resource.split('/') : ['', iamName(arn.resource)];
  const role = { ...arn, service: 'iam', resource: `role/${name}` };
  return rules.ownRoles.some((pattern) => matchesArn(pattern.replace(/:role\/(?:.*\/)?([^/]*)$/, ':role/$1'), role));
}
