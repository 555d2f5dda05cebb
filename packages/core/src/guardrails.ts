import { type Arn, type Entity, iamName, isArnFault, matchesArn, parseArn, resourceOf } from '@entity-lockdown/plugin-api';
import type { CallerIdentity } from './aws/access.ts';
import type { Failure } from './failure.ts';
import { shown } from './registry.ts';

/** What must never be contained, and who answers for that. Kept where a suspect cannot write. */
export interface ProtectedPattern {
  /** An ARN pattern, `*` within its parts. */
  readonly pattern: string;
  readonly owner: string;
  readonly reason?: string;
  /** When the protection ends, in ISO 8601. */
  readonly until?: string;
  /** What to do, where asking the owner is not it: of what a host protects by itself, never of a list that people write. */
  readonly next?: string;
}

export interface Guardrails {
  readonly protected: readonly ProtectedPattern[];
}

/** What a guardrail is asked about: an entity, or one target of its plan. */
export interface Suspect {
  /** Its ARN, the full one where it is known. */
  readonly arn: string;
}

/** Why something must not be contained, or undefined. Pure. */
export function refusalFor(
  suspect: Suspect,
  callers: readonly CallerIdentity[],
  guardrails: Guardrails,
  now: number,
): Failure | undefined {
  const arn = parseArn(resourceOf(suspect.arn));
  if (isArnFault(arn)) return undefined;
  const own = callers.find((caller) => isPrincipalOf(arn, caller));
  if (own !== undefined) {
    return {
      code: 'own-identity',
      message: `${suspect.arn} is who Entity Lockdown acts as (${own.arn}): denying it would stop the containment halfway.`,
      next: 'Use other credentials to contain it.',
      transient: false,
    };
  }
  const rule = guardrails.protected.find((candidate) => !hasEnded(candidate, now) && matchesArn(candidate.pattern, arn));
  if (rule === undefined) return undefined;
  return {
    code: 'protected',
    message: `${suspect.arn} is protected by ${rule.owner}${rule.reason === undefined ? '' : ` (${rule.reason})`}: pattern ${rule.pattern}${rule.until === undefined ? '' : `, until ${rule.until}`}.`,
    next: rule.next ?? `Ask ${rule.owner}; to contain it all the same, take the pattern off the protected list.`,
    transient: false,
  };
}

function hasEnded(rule: ProtectedPattern, now: number): boolean {
  return rule.until !== undefined && Date.parse(rule.until) <= now;
}

/**
 * Whether some pattern would protect an IAM user or role of this name under another path, or in another case. An ARN that was given can
 * lack the path, or have an old one: where this is true, nothing is to be denied before a look has shown the real ARN.
 */
export function mayBeProtected(entity: Entity, guardrails: Guardrails, now: number): boolean {
  const arn = parseArn(entity.arn);
  if (isArnFault(arn) || arn.service !== 'iam') return false;
  const [type = ''] = arn.resource.split('/');
  const bare = { ...arn, resource: `${type}/${iamName(arn.resource)}`.toLowerCase() };
  return guardrails.protected.some((rule) => !hasEnded(rule, now) && matchesArn(withoutPath(rule.pattern), bare));
}

/** A pattern for the same type and name under any path: `arn:aws:iam::*:role/break/glass-*` becomes `arn:aws:iam::*:role/glass-*`. */
function withoutPath(pattern: string): string {
  const [, , , , , ...rest] = pattern.split(':');
  const resource = rest.join(':');
  const segments = resource.split('/');
  const [head = ''] = segments;
  const bare = segments.length === 1 ? (head.endsWith('*') ? `${head}/*` : head) : `${head}/${segments.at(-1)}`;
  return pattern.slice(0, pattern.length - resource.length) + (resource === '*' ? '*' : bare.toLowerCase());
}

/** Whether an IAM user or role is the one behind a caller. A session's ARN has its role's name, never its path. */
function isPrincipalOf(arn: Arn, caller: CallerIdentity): boolean {
  if (arn.service !== 'iam' || arn.account !== caller.account || arn.partition !== caller.partition) return false;
  const [, , , , , ...rest] = caller.arn.split(':');
  const resource = rest.join(':');
  const name = resource.startsWith('assumed-role/') ? resource.split('/')[1] : iamName(resource);
  const kind = resource.startsWith('assumed-role/') ? 'role/' : 'user/';
  return arn.resource.startsWith(kind) && iamName(arn.resource).toLowerCase() === name?.toLowerCase();
}

const known: ReadonlySet<string> = new Set(['pattern', 'owner', 'reason', 'until']);

/** What is wrong with an entry of a list of what is protected, as the end of a sentence, or undefined. */
export function protectedFault(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return 'is not an object';
  const { pattern, owner, reason, until } = entry as { readonly [key: string]: unknown };
  if (typeof pattern !== 'string' || !/^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/.test(pattern))
    return 'has no "pattern" with the six parts of an ARN, such as arn:aws:iam::*:role/break-glass';
  if (typeof owner !== 'string' || owner === '') return 'has no "owner" to be asked';
  if (reason !== undefined && typeof reason !== 'string') return 'has a "reason" that is no text';
  if (until !== undefined && (typeof until !== 'string' || !/^\d{4}-\d\d-\d\d/.test(until) || Number.isNaN(Date.parse(until))))
    return 'has an "until" that is no time in ISO 8601';
  const unknown = Object.keys(entry).find((key) => !known.has(key));
  return unknown === undefined ? undefined : `has ${shown(unknown)}, which is not known`;
}
