import { type Arn, type Entity, iamName, isArnFault, matchesArn, parseArn, resourceOf } from '@entity-lockdown/plugin-api';
import type { CallerIdentity } from './aws/access.ts';
import type { Failure } from './failure.ts';

/** What must never be contained, and who answers for that. Kept where a suspect cannot write. */
export interface ProtectedPattern {
  /** An ARN pattern, `*` within its parts. */
  readonly pattern: string;
  readonly owner: string;
  readonly reason?: string;
  /** When the protection ends, in ISO 8601. */
  readonly until?: string;
}

export interface Guardrails {
  readonly protected: readonly ProtectedPattern[];
}

/** What a guardrail is asked about: an entity, or one target of its plan. */
export interface Suspect {
  /** Its ARN, the full one where it is known. */
  readonly arn: string;
  /** Set where an IAM path may be missing from the ARN. */
  readonly pathUnknown?: boolean;
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
  const rule = guardrails.protected.find(
    (candidate) => !hasEnded(candidate, now) && protects(candidate.pattern, arn, suspect.pathUnknown === true),
  );
  if (rule === undefined) return undefined;
  return {
    code: 'protected',
    message: `${suspect.arn} is protected by ${rule.owner}${rule.reason === undefined ? '' : ` (${rule.reason})`}: pattern ${rule.pattern}${rule.until === undefined ? '' : `, until ${rule.until}`}.`,
    next: `Ask ${rule.owner}; to contain it all the same, take the pattern off the protected list.`,
    transient: false,
  };
}

function hasEnded(rule: ProtectedPattern, now: number): boolean {
  return rule.until !== undefined && Date.parse(rule.until) <= now;
}

/** Where the path is unknown, a pattern protects what it would protect under some path: the doubt is the protected one's. */
function protects(pattern: string, arn: Arn, pathUnknown: boolean): boolean {
  if (matchesArn(pattern, arn)) return true;
  if (!pathUnknown || arn.service !== 'iam') return false;
  const type = arn.resource.slice(0, arn.resource.indexOf('/'));
  const [head = '', ...rest] = pattern.split(`:${type}/`);
  const last = rest.join('').split('/').at(-1);
  return last !== undefined && last !== '' && matchesArn(`${head}:${type}/${last}`, arn);
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

/** The entity as a guardrail sees it before anything was looked at. */
export function suspectOf(entity: Entity): Suspect {
  return { arn: entity.arn, ...(entity.pathUnknown && { pathUnknown: true }) };
}
