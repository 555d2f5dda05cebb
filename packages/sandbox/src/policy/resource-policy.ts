import type { Identity } from '../identity.ts';
import { parsePolicy, type Statement } from './document.ts';
import { applies, type Question } from './evaluate.ts';

/**
 * What a policy on a resource says of a caller. How far an allow reaches depends on whom it names:
 * - `exact`: the user, the very session, or everybody. Nothing else need allow it.
 * - `role`: the role of the session. Boundary and session policies must still allow it.
 * - `account`: the account, which leaves it to its own policies.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html (everybody)
 */
export type ResourceVerdict = 'silent' | 'deny' | 'exact' | 'role' | 'account';

const strength: readonly ResourceVerdict[] = ['silent', 'account', 'role', 'exact'];

export function resourceVerdict(document: string, identity: Identity, question: Question): ResourceVerdict {
  const policy = parsePolicy(document);
  if (typeof policy === 'string') return 'silent';
  let said: ResourceVerdict = 'silent';
  for (const statement of policy.statements) {
    const named = reach(statement, identity);
    if (named === 'silent' || !applies(statement, question)) continue;
    if (statement.deny) return 'deny';
    if (strength.indexOf(named) > strength.indexOf(said)) said = named;
  }
  return said;
}

function reach(statement: Statement, identity: Identity): ResourceVerdict {
  const named = Object.entries(statement.principals ?? {})
    .filter(([kind]) => kind === 'AWS')
    .flatMap(([, names]) => names.map((name) => reachOf(name, identity)));
  // Whoever has a boundary is denied by every NotPrincipal, named or not:
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
  if (statement.notPrincipals && statement.deny && bounded(identity)) return 'exact';
  const widest = named.sort((a, b) => strength.indexOf(b) - strength.indexOf(a))[0] ?? 'silent';
  if (!statement.notPrincipals) return widest;
  return widest === 'silent' ? 'exact' : 'silent';
}

function bounded({ principal }: Identity): boolean {
  if (principal.kind === 'root') return false;
  return (principal.kind === 'user' ? principal.user : principal.role).boundary !== undefined;
}

function reachOf(name: string, { caller, principal, partition }: Identity): ResourceVerdict {
  if (name === '*' || name === caller.arn) return 'exact';
  if (name === caller.account || name === `arn:${partition}:iam::${caller.account}:root`) return 'account';
  if (
    principal.kind === 'role' &&
    name === `arn:${partition}:iam::${caller.account}:role${principal.role.path}${principal.role.name}`
  )
    return 'role';
  return 'silent';
}
