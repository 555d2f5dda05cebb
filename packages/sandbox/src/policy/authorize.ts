import { documentOf, policyWith } from '../iam/policy-lookup.ts';
import { type Holder, iamOf } from '../iam/state.ts';
import type { Identity } from '../identity.ts';
import { type AwsError, awsError, type Demand } from '../operation.ts';
import { bucketNamed } from '../s3/state.ts';
import { roleWithArn } from '../sts/assume-role.ts';
import type { World } from '../world.ts';
import { contextOf, type RequestFacts } from './context.ts';
import { type Question, verdict } from './evaluate.ts';
import { resourceVerdict } from './resource-policy.ts';

/** Why a request is denied: which kind of policy denies it, or that none allows it. */
type Reason = { readonly explicit: true; readonly by: string } | { readonly explicit: false; readonly by: string };

/** The policies that apply to a principal, as they are now: sessions have no copy of them. */
interface Policies {
  readonly identity: readonly string[];
  readonly boundary: string | undefined;
  readonly session: readonly string[];
}

/** The error to answer where a caller may not do all that an operation demands. */
export function authorize(
  world: World,
  identity: Identity,
  service: string,
  demands: readonly Demand[],
  facts: RequestFacts,
): AwsError | undefined {
  if (demands.length === 0) return undefined;
  const policies = policiesOf(world, identity);
  const general = contextOf(identity, facts);
  for (const demand of demands) {
    const context = new Map(general);
    for (const [key, value] of Object.entries(demand.context ?? {}))
      context.set(key.toLowerCase(), typeof value === 'string' ? [value] : value);
    const owner = ownerOf(world, identity, demand);
    context.set('aws:resourceaccount', [owner]);
    const question = { action: demand.action.toLowerCase(), resource: demand.resource, context };
    const reason = decide(world, identity, policies, question, owner);
    if (reason !== undefined) return denial(service, identity, demand, reason);
  }
  return undefined;
}

/**
 * Why not; undefined where it is allowed.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 */
function decide(world: World, identity: Identity, policies: Policies, question: Question, owner: string): Reason | undefined {
  const policy = policyOn(world, identity.partition, question);
  // The key is in the caller's credentials alone: https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
  const context = new Map(question.context);
  context.delete('lambda:sourcefunctionarn');
  const onResource = policy === undefined ? 'silent' : resourceVerdict(policy, identity, { ...question, context });
  const byIdentity = verdict(policies.identity, question);
  const byBoundary = policies.boundary === undefined ? undefined : verdict([policies.boundary], question);
  const bySession = policies.session.map((document) => verdict([document], question));
  if (byIdentity === 'deny') return { explicit: true, by: 'an identity-based policy' };
  if (byBoundary === 'deny') return { explicit: true, by: 'a permissions boundary' };
  if (bySession.includes('deny')) return { explicit: true, by: 'a session policy' };
  if (onResource === 'deny') return { explicit: true, by: 'a resource-based policy' };

  const trust = question.action === 'sts:assumerole';
  const foreign = owner !== identity.caller.account;
  // A role is assumed by nobody whom its trust policy does not name: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html
  if ((trust || foreign) && onResource === 'silent') return { explicit: false, by: 'resource-based policy' };
  if (identity.principal.kind === 'root') return trust ? { explicit: false, by: 'resource-based policy' } : undefined;
  if (!foreign && onResource === 'exact') return undefined;
  const granted = byIdentity === 'allow' || (!foreign && onResource === 'role');
  if (!granted) return { explicit: false, by: 'identity-based policy' };
  if (byBoundary === 'silent') return { explicit: false, by: 'permissions boundary' };
  if (bySession.includes('silent')) return { explicit: false, by: 'session policy' };
  return undefined;
}

function policiesOf(world: World, identity: Identity): Policies {
  const { principal, caller, partition, session } = identity;
  if (principal.kind === 'root') return { identity: [], boundary: undefined, session: [] };
  const { account } = caller;
  const managed = (arn: string): string => {
    const found = policyWith({ world, account, partition }, arn);
    return found === undefined ? '{}' : documentOf(found);
  };
  const held = ({ inline, attached }: Holder): string[] => [...inline.values(), ...attached.map(managed)];
  const holder = principal.kind === 'user' ? principal.user : principal.role;
  const identityPolicies = held(holder);
  if (principal.kind === 'user') {
    const { groups } = iamOf(world, account);
    for (const name of principal.user.groups) {
      const group = groups.get(name);
      if (group !== undefined) identityPolicies.push(...held(group));
    }
  }
  return {
    identity: identityPolicies,
    boundary: holder.boundary === undefined ? undefined : managed(holder.boundary),
    session: session?.policies ?? [],
  };
}

/** The account that a resource belongs to: the caller's where its ARN names none. */
function ownerOf(world: World, identity: Identity, { action, resource }: Demand): string {
  // The name of a bucket to be made may be a stranger's: that is for the operation to say.
  if (action === 's3:CreateBucket') return identity.caller.account;
  const [, , service, , account] = resource.split(':');
  if (service === 's3') return bucketNamed(world, identity.partition, bucketOf(resource))?.account ?? identity.caller.account;
  return account !== undefined && /^\d{12}$/.test(account) ? account : identity.caller.account;
}

/** The policy on the resource itself: a role's trust policy, or a bucket's policy. */
function policyOn(world: World, partition: string, { action, resource }: Question): string | undefined {
  const [, , service] = resource.split(':');
  if (action === 'sts:assumerole') {
    return roleWithArn(world, resource)?.role.trust;
  }
  return service === 's3' ? bucketNamed(world, partition, bucketOf(resource))?.policy : undefined;
}

function bucketOf(resource: string): string {
  return (resource.split(':')[5] ?? '').split('/')[0] ?? '';
}

/**
 * The denial in the words of the service.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
 */
function denial(service: string, identity: Identity, { action, resource }: Demand, reason: Reason): AwsError {
  const why = reason.explicit ? `with an explicit deny in ${reason.by}` : `because no ${reason.by} allows the ${action} action`;
  const message = `User: ${identity.caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
  if (service === 'ec2')
    return awsError('UnauthorizedOperation', `You are not authorized to perform this operation. ${message}`, 403);
  return awsError(denials[service] ?? 'AccessDenied', message, 403);
}

const denials: { readonly [service: string]: string } = { lambda: 'AccessDeniedException', sns: 'AuthorizationError' };
