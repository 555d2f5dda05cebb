/** A policy document, taken apart. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
export interface Policy {
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly deny: boolean;
  readonly actions: readonly string[];
  /** The actions are those that it is not about. */
  readonly notActions: boolean;
  /** Undefined where the kind of policy has none (trust policies). */
  readonly resources: readonly string[] | undefined;
  readonly notResources: boolean;
  /** `AWS`, `Service`, ... and what is named of it; undefined in identity policies. `*` is `{ AWS: ['*'] }`. */
  readonly principals: { readonly [kind: string]: readonly string[] } | undefined;
  readonly notPrincipals: boolean;
  readonly conditions: readonly { readonly operator: string; readonly key: string; readonly values: readonly string[] }[];
  /** Variables are replaced in documents of version 2012-10-17 alone. */
  readonly variables: boolean;
}

export type PolicyFor = 'identity' | 'resource' | 'trust';

const parsed = new Map<string, Policy | string>();
const most = 5_000;

/** Takes a document apart; each text once. Answers what is wrong with it where it is no policy. */
export function parsePolicy(document: string): Policy | string {
  const found = parsed.get(document);
  if (found !== undefined) return found;
  const made = parse(document);
  if (parsed.size >= most) parsed.clear();
  parsed.set(document, made);
  return made;
}

/** What is wrong with a document for its use, in IAM's words; undefined where it is right. */
export function checkPolicy(document: string, use: PolicyFor): string | undefined {
  const policy = parsePolicy(document);
  if (typeof policy === 'string') return policy;
  for (const statement of policy.statements) {
    if (use === 'identity' && statement.principals !== undefined) return 'Policy document should not specify a principal.';
    if (use !== 'identity' && statement.principals === undefined) return 'Missing required field Principal';
    if (use === 'trust' && statement.resources !== undefined) return 'Has prohibited field Resource';
    if (use !== 'trust' && statement.resources === undefined) return 'Policy statement must contain resources.';
  }
  return undefined;
}

function parse(document: string): Policy | string {
  let given: unknown;
  try {
    given = JSON.parse(document);
  } catch {
    return 'Syntax errors in policy.';
  }
  if (!isRecord(given)) return 'Syntax errors in policy.';
  const { Version, Statement } = given;
  if (Version !== undefined && Version !== '2012-10-17' && Version !== '2008-10-17') return 'Syntax errors in policy.';
  const list = Array.isArray(Statement) ? Statement : [Statement];
  const statements: Statement[] = [];
  for (const each of list) {
    const statement = isRecord(each) ? parseStatement(each, Version === '2012-10-17') : 'Syntax errors in policy.';
    if (typeof statement === 'string') return statement;
    statements.push(statement);
  }
  return { statements };
}

function parseStatement(given: { readonly [key: string]: unknown }, variables: boolean): Statement | string {
  const { Effect, Action, NotAction, Resource, NotResource, Principal, NotPrincipal, Condition } = given;
  if (Effect !== 'Allow' && Effect !== 'Deny') return 'Syntax errors in policy.';
  const actions = texts(Action ?? NotAction);
  if (actions === undefined || (Action !== undefined && NotAction !== undefined)) return 'Policy statement must contain actions.';
  if (actions.some((action) => action !== '*' && !/^[\w-]+:[\w*?]+$/.test(action)))
    return 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
  const resources = texts(Resource ?? NotResource);
  if (resources?.some((resource) => resource !== '*' && !resource.startsWith('arn:') && !resource.startsWith('*')))
    return 'Resource must be in ARN format or "*".';
  const conditions = parseConditions(Condition);
  if (conditions === undefined) return 'Syntax errors in policy.';
  return {
    deny: Effect === 'Deny',
    actions: actions.map((action) => action.toLowerCase()),
    notActions: NotAction !== undefined,
    resources,
    notResources: NotResource !== undefined,
    principals: principalsOf(Principal ?? NotPrincipal),
    notPrincipals: NotPrincipal !== undefined,
    conditions,
    variables,
  };
}

function parseConditions(given: unknown): Statement['conditions'] | undefined {
  if (given === undefined) return [];
  if (!isRecord(given)) return undefined;
  const made: Statement['conditions'][number][] = [];
  for (const [operator, keys] of Object.entries(given)) {
    if (!isRecord(keys)) return undefined;
    for (const [key, value] of Object.entries(keys)) {
      const values = (Array.isArray(value) ? value : [value]).map(String);
      made.push({ operator: operator.toLowerCase(), key: key.toLowerCase(), values });
    }
  }
  return made;
}

function principalsOf(given: unknown): Statement['principals'] {
  if (given === '*') return { AWS: ['*'] };
  if (!isRecord(given)) return undefined;
  return Object.fromEntries(Object.entries(given).map(([kind, named]) => [kind, texts(named) ?? []]));
}

function texts(given: unknown): readonly string[] | undefined {
  if (typeof given === 'string') return [given];
  if (Array.isArray(given) && given.length > 0 && given.every((each) => typeof each === 'string')) return given;
  return undefined;
}

function isRecord(given: unknown): given is { readonly [key: string]: unknown } {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}
