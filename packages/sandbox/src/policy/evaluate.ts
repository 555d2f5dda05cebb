import { holds } from './condition.ts';
import type { Context } from './context.ts';
import { parsePolicy, type Statement } from './document.ts';
import { fits, fitsResource } from './pattern.ts';

/** One question to policies: may this action be done to this resource? */
export interface Question {
  /** In lower case. */
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

/** What a set of policies of one kind says: nothing of it, allowed, or denied explicitly. */
export type Verdict = 'silent' | 'allow' | 'deny';

/** What policies say together: a deny in any of them is final. A document that is none says nothing. */
export function verdict(documents: readonly string[], question: Question): Verdict {
  let said: Verdict = 'silent';
  for (const document of documents) {
    const policy = parsePolicy(document);
    if (typeof policy === 'string') continue;
    for (const statement of policy.statements) {
      if ((said === 'allow' && !statement.deny) || !applies(statement, question)) continue;
      if (statement.deny) return 'deny';
      said = 'allow';
    }
  }
  return said;
}

/** Whether a statement is about the question, whoever asks. */
export function applies(statement: Statement, { action, resource, context }: Question): boolean {
  if (statement.actions.some((pattern) => fits(pattern, action, undefined)) === statement.notActions) return false;
  const seen = statement.variables ? context : undefined;
  if (
    statement.resources !== undefined &&
    statement.resources.some((pattern) => fitsResource(pattern, resource, seen)) === statement.notResources
  )
    return false;
  return statement.conditions.every((condition) => holds(condition, context, statement.deny, statement.variables));
}
