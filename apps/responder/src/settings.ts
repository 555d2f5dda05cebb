import { type ProtectedPattern, protectedFault } from '@entity-lockdown/core';
import { type FindingRules, faultOfRules } from '@entity-lockdown/intake';
import { isAccountId, isArnFault, parseArn } from '@entity-lockdown/plugin-api';

/** What the deployment says, read once. */
export interface Settings {
  readonly ledger: { readonly bucket: string; readonly prefix: string; readonly location: string };
  readonly requestTopic: string;
  readonly findingsTopic: string;
  readonly auditTopic: string;
  /** URLs of queues. */
  readonly continuations: string;
  readonly deadContinuations: string;
  readonly deadRequests: string;
  /** The ARN of the secret, never the secret. */
  readonly secret: string;
  /** The containment role, with its path: the same in each account. */
  readonly roleName: string;
  /** The role that releases, with its path, where the deployment has one: the commands in mails name it, and it is not contained. */
  readonly releaseRoleName?: string;
  /** Accounts whose entities may be contained; empty: all that have the role. */
  readonly accounts: readonly string[];
  readonly protected: readonly ProtectedPattern[];
  readonly findingRules: FindingRules;
  readonly region: string;
}

export type Environment = { readonly [name: string]: string | undefined };

/** Reads the environment. Throws an Error that names the variable: a deployment that cannot be relied on handles nothing. */
export function settingsFrom(env: Environment): Settings {
  const roleName = role(env, 'LOCKDOWN_ROLE_NAME');
  const region = matching(env, 'AWS_REGION', /^[a-z]{2,4}(-[a-z]+)+-\d+$/, 'a Region');
  const auditTopic = topic(env, 'LOCKDOWN_AUDIT_TOPIC');
  const releaseRoleName = env.LOCKDOWN_RELEASE_ROLE_NAME ? role(env, 'LOCKDOWN_RELEASE_ROLE_NAME') : undefined;
  const ownRoles = releaseRoleName === undefined ? [roleName] : [roleName, releaseRoleName];
  return {
    ledger: ledgerAt(matching(env, 'LOCKDOWN_LEDGER', ledgerForm, 's3://BUCKET/PREFIX')),
    requestTopic: topic(env, 'LOCKDOWN_REQUEST_TOPIC'),
    findingsTopic: topic(env, 'LOCKDOWN_FINDINGS_TOPIC'),
    auditTopic,
    continuations: queue(env, 'LOCKDOWN_CONTINUATIONS'),
    deadContinuations: queue(env, 'LOCKDOWN_DEAD_CONTINUATIONS'),
    deadRequests: queue(env, 'LOCKDOWN_DEAD_REQUESTS'),
    secret: matching(env, 'LOCKDOWN_SECRET', /^arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:.+$/, 'the ARN of a secret'),
    roleName,
    ...(releaseRoleName !== undefined && { releaseRoleName }),
    accounts: accountsIn(env.LOCKDOWN_ACCOUNTS ?? ''),
    protected: [...protectedIn(env.LOCKDOWN_PROTECTED), ...ourOwn(env, ownRoles, region, auditTopic)],
    findingRules: rulesIn(env.LOCKDOWN_FINDING_RULES, roleName),
    region,
  };
}

const ledgerForm = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w!.*'()-]+)*\/?$/;

function ledgerAt(text: string): Settings['ledger'] {
  const [bucket = '', ...rest] = text.slice('s3://'.length).split('/');
  const prefix = rest.filter((part) => part !== '').join('/');
  return { bucket, prefix, location: `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}` };
}

function matching(env: Environment, name: string, form: RegExp, what: string): string {
  const value = env[name] ?? '';
  if (!form.test(value)) throw new Error(`${name} is not ${what}.`);
  return value;
}

function role(env: Environment, name: string): string {
  return matching(env, name, /^([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/, 'the name of a role');
}

function topic(env: Environment, name: string): string {
  return matching(env, name, /^arn:[^:]+:sns:[^:]+:\d{12}:[\w-]+$/, 'the ARN of a topic');
}

function queue(env: Environment, name: string): string {
  return matching(env, name, /^https?:\/\/[^\s/]+\/\S+$/, 'the URL of a queue');
}

function accountsIn(text: string): readonly string[] {
  const accounts = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  if (!accounts.every(isAccountId)) throw new Error('LOCKDOWN_ACCOUNTS is not a list of account ids.');
  return accounts;
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${name} is not JSON.`);
  }
}

function protectedIn(text: string | undefined): readonly ProtectedPattern[] {
  const list = parsed('LOCKDOWN_PROTECTED', text || '[]');
  if (!Array.isArray(list)) throw new Error('LOCKDOWN_PROTECTED is not a list.');
  for (const [index, entry] of list.entries()) {
    const fault = protectedFault(entry);
    if (fault !== undefined) throw new Error(`LOCKDOWN_PROTECTED has an entry ${index + 1} that ${fault}.`);
  }
  return list as readonly ProtectedPattern[];
}

/**
 * The roles of Entity Lockdown, in all accounts, and the function itself. Whom the function acts as, the core refuses by itself. The
 * deployment's policies deny any change of its roles: without this, a request for one would end as partly contained.
 */
function ourOwn(env: Environment, roleNames: readonly string[], region: string, auditTopic: string): readonly ProtectedPattern[] {
  const owner = 'Entity Lockdown';
  const reason = 'it is a part of it';
  const next =
    'If it was compromised, contain it with the command lockdown, and credentials of its account that are not of Entity Lockdown.';
  const name = env.AWS_LAMBDA_FUNCTION_NAME;
  const at = parseArn(auditTopic);
  const own = name === undefined || isArnFault(at) ? [] : [`arn:${at.partition}:lambda:${region}:${at.account}:function:${name}`];
  return [...roleNames.map(inAllAccounts), ...own].map((pattern) => ({ pattern, owner, reason, next }));
}

function inAllAccounts(roleName: string): string {
  return `arn:*:iam::*:role/${roleName}`;
}

function rulesIn(text: string | undefined, roleName: string): FindingRules {
  const ownRoles = [inAllAccounts(roleName)];
  const given = parsed('LOCKDOWN_FINDING_RULES', text || '{}');
  const rules = { ownRoles, ...(given as object) };
  const fault = faultOfRules(typeof given === 'object' && !Array.isArray(given) && given !== null ? rules : given);
  if (fault !== undefined) throw new Error(`LOCKDOWN_FINDING_RULES: ${fault}`);
  // What is configured comes beside our own role, never in its place.
  return { ...rules, ownRoles: [...new Set([...ownRoles, ...rules.ownRoles])] };
}
