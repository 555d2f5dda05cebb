import type { Grant, Manifest } from '@entity-lockdown/plugin-api';

/** Why a session is opened: nothing that only the other needs is granted to it. */
export type Purpose = 'contain' | 'release';

export interface Statement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Grant['conditions'];
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** Where the grants' templates are filled in. What is left out becomes `*`. */
export interface PolicyScope {
  readonly partition?: string;
  readonly account?: string;
  readonly region?: string;
  readonly name?: string;
}

/** The least policy that plugins need for a purpose, as IAM statements: one for each set of resources and conditions, sorted. */
export function policyFor(manifests: readonly Manifest[], purpose: Purpose, scope: PolicyScope): PolicyDocument {
  const groups = new Map<string, { resources: readonly string[]; conditions: Grant['conditions']; actions: Set<string> }>();
  for (const grant of manifests.flatMap((manifest) => manifest.grants)) {
    if (!grant.sessions.includes(purpose)) continue;
    const resources = widest(grant.resources.map((template) => fillIn(template, scope))).toSorted();
    const key = JSON.stringify([resources, grant.conditions ?? null]);
    const group = groups.get(key) ?? { resources, conditions: grant.conditions, actions: new Set<string>() };
    for (const action of grant.actions) group.actions.add(action);
    groups.set(key, group);
  }
  return {
    Version: '2012-10-17',
    Statement: [...groups.values()]
      .map(({ resources, conditions, actions }) => ({
        Effect: 'Allow' as const,
        Action: [...actions].toSorted(),
        Resource: resources,
        ...(conditions && { Condition: conditions }),
      }))
      .toSorted((a, b) => inOrder(a.Action[0] ?? '', b.Action[0] ?? '')),
  };
}

/** Without those that another one means as well: where no name is known, any name has any path in it. */
function widest(resources: readonly string[]): readonly string[] {
  const covers = (wide: string, one: string): boolean => wide.endsWith('*') && one.startsWith(wide.slice(0, -1));
  return [...new Set(resources)].filter((one, _, all) => !all.some((other) => other !== one && covers(other, one)));
}

/** Actions are ASCII: what a language's own order needs is not loaded for them, on the way to the first AssumeRole. */
function inOrder(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function fillIn(template: string, scope: PolicyScope): string {
  return template.replaceAll(/\{(partition|account|region|name)\}/g, (_, key: keyof PolicyScope) => scope[key] ?? '*');
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: the plain text of an inline session policy. */
const sessionPolicyLimit = 2_048;

/**
 * A session policy from a plugin's grants. Where it would be longer than STS takes, it is narrowed by actions alone: the role's own
 * policy still limits the resources.
 */
export function sessionPolicy(manifest: Manifest, purpose: Purpose, scope: PolicyScope): string {
  const whole = JSON.stringify(policyFor([manifest], purpose, scope));
  if (whole.length <= sessionPolicyLimit) return whole;
  const actions = new Set(manifest.grants.filter((grant) => grant.sessions.includes(purpose)).flatMap((grant) => grant.actions));
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: [...actions].toSorted(), Resource: '*' }],
  });
}
