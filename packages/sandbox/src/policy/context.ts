import type { Identity } from '../identity.ts';

/** Condition keys of a request in lower case, with their values. */
export type Context = ReadonlyMap<string, readonly string[]>;

/** What is known of a request beside who sends it. */
export interface RequestFacts {
  readonly region: string;
  readonly now: number;
}

/**
 * The global condition keys of a request, and those that the session carries.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function contextOf(identity: Identity, facts: RequestFacts): Map<string, readonly string[]> {
  const { caller, principal, session, partition } = identity;
  const context = new Map<string, readonly string[]>();
  const set = (key: string, value: string): void => {
    context.set(key.toLowerCase(), [value]);
  };
  set('aws:PrincipalAccount', caller.account);
  set('aws:userid', caller.userId);
  set('aws:RequestedRegion', facts.region);
  set('aws:CurrentTime', new Date(facts.now).toISOString());
  set('aws:EpochTime', String(Math.floor(facts.now / 1_000)));
  set('aws:SecureTransport', 'true');
  set('aws:PrincipalIsAWSService', 'false');
  set('aws:ViaAWSService', 'false');
  if (principal.kind === 'root') {
    set('aws:PrincipalType', 'Account');
    set('aws:PrincipalArn', caller.arn);
  }
  if (principal.kind === 'user') {
    set('aws:PrincipalType', 'User');
    set('aws:PrincipalArn', caller.arn);
    set('aws:username', principal.user.name);
    for (const [key, value] of principal.user.tags) set(`aws:PrincipalTag/${key}`, value);
  }
  if (principal.kind === 'role') {
    set('aws:PrincipalType', 'AssumedRole');
    // For a session, the ARN of its role, path included.
    set('aws:PrincipalArn', `arn:${partition}:iam::${caller.account}:role${principal.role.path}${principal.role.name}`);
    for (const [key, value] of principal.role.tags) set(`aws:PrincipalTag/${key}`, value);
  }
  if (session !== undefined) {
    // Only temporary credentials have these two.
    set('aws:TokenIssueTime', new Date(session.issued).toISOString());
    set('aws:MultiFactorAuthPresent', 'false');
    for (const [key, value] of Object.entries(session.context)) set(key, value);
  }
  return context;
}
