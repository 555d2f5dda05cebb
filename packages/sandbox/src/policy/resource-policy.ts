import type { Identity } from '../identity.ts';
import { parsePolicy, type Statement } from './document.ts';
import { applies, type Question } from './evaluate.ts';

/**
 * What a policy on a resource says of a caller. How far an allow reaches depends on whom it names:
 * - `exact`: the user, or the very session. Nothing else need allow it.
 * - `role`: the role of the session, or everybody. Boundary and session policies must still allow it.
 * - `account`: the account, which leaves it to its own policies.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
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
  const widest = named.sort((a, b) => strength.indexOf(b) - strength.indexOf(a))[0] ?? 'silent';
  if (!statement.notPrincipals) return widest;
  return widest === 'silent' ? 'role' : 'silent';
}

function reachOf(name: string, { caller, principal, partition }: Identity): ResourceVerdict {
  if (name === '*') return 'role';
  if (name === caller.arn) return 'exact';
  if (name === caller.account || name === `arn:${partition}:iam::${caller.account}:root`) return 'account';
  if (
    principal.kind === 'role' &&
    name === `arn:${partition}:iam::${caller.account}:role${principal.role.path}${principal.role.name}`
  )
    return 'role';
  return 'silent';
}
