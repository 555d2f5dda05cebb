import { GetPolicyCommand, GetPolicyVersionCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  arnOf,
  awsErrorCode,
  type Context,
  iamName,
  isAccessDenied,
  type Json,
  resourceOf,
  type Target,
} from '@entity-lockdown/plugin-api';
import {
  conditionalDenyName,
  conditionalManagedDenyArn,
  denyEverything,
  denyToSource,
  inlineDenyName,
  isDocument,
  markInTag,
  sourceOf,
} from './policy.ts';
import { principalKind, principalOn } from './principal.ts';
import { principalCalls } from './principal-calls.ts';
import type { DenyPolicy, PrincipalState } from './state.ts';
import { trustedBy } from './trust.ts';

/**
 * Reads all that the deny settings need of a user or a role, everything side by side: one round trip, but for further pages and for
 * managed policies of ours.
 *
 * `known` are the targets that the ledger lists. Our own policies are read only where they are listed: they carry the ledger's mark,
 * so nobody else put them there, and before the first look there are none. What has an original is always read.
 *
 * A user that was renamed is asked for by its present `name`, while `arn` keeps naming it for the ledger.
 * Not there at all is no error: `exists` is false. Throws what AWS answers, but for a denied read without which other cuts can still be
 * made: it is told in `unread`. A policy of ours that cannot be read counts as altered, so that it is neither called done nor gone; a
 * list of attached policies that an earlier look has rested on must be read, or what it shows would be taken for undone.
 */
export async function readPrincipal(ctx: Context, arn: string, known: readonly Target[], name?: string): Promise<PrincipalState> {
  const on = principalOn(arn);
  const kind = principalKind(arn);
  const called = name ?? iamName(arnOf(on).resource);
  const calls = principalCalls[kind];
  const iam = ctx.client(IAMClient);
  const unread = new Set<string>();
  const inline = async (policy: string, wanted: Json): Promise<DenyPolicy> => {
    const document = await orDenied(unlessGone(calls.inline(iam, called, policy)));
    if (document === denied) unread.add(calls.actions.inline);
    return document === undefined ? null : document !== denied && isDocument(document, wanted) ? 'deny' : 'altered';
  };
  const managed = async (policyArn: string, wanted: Json): Promise<DenyPolicy> => {
    const found = await orDenied(managedDeny(iam, policyArn, wanted));
    if (found === denied) unread.add('iam:GetPolicy');
    return found === denied ? 'altered' : found;
  };
  const ours = (setting: string): readonly string[] => [
    ...new Set(known.filter((target) => target.setting === setting && resourceOf(target.on) === on).map((target) => target.on)),
  ];
  const bySource = async (setting: string, read: (on: string) => Promise<DenyPolicy>) =>
    Promise.all(ours(setting).map(async (target) => [sourceOf(target), await read(target)] as const));

  const attachedPolicies = async (): Promise<readonly string[]> => {
    const list = unlessGone(calls.attached(iam, called));
    const isRestedOn = restOnAttached.some((setting) => ours(setting).length > 0);
    const found = await (isRestedOn ? list : orDenied(list));
    if (found === denied) unread.add(calls.actions.attached);
    return found === denied ? [] : (found ?? []);
  };

  const [described, attached, inlineDeny, conditional, conditionalManaged] = await Promise.all([
    unlessGone(calls.get(iam, called)),
    attachedPolicies(),
    ours('iam.principal.inline-deny').length === 0 ? null : inline(inlineDenyName(ctx.mark), denyEverything),
    bySource('iam.role.conditional-deny', (target) =>
      inline(conditionalDenyName(ctx.mark, sourceOf(target)), denyToSource(sourceOf(target))),
    ),
    bySource('iam.role.conditional-managed-deny', (target) =>
      managed(conditionalManagedDenyArn(ctx.mark, target), denyToSource(sourceOf(target))),
    ),
  ]);
  const marks = (described?.Tags ?? []).flatMap(({ Key }) => markInTag(Key ?? '') ?? []);
  const markedBy = marks.find((mark) => mark !== ctx.mark);
  return {
    kind,
    on,
    exists: described !== undefined,
    name: described?.Arn === undefined ? called : iamName(arnOf(described.Arn).resource),
    arn: described?.Arn ?? arn,
    id: described?.Id ?? '',
    trusts: trustedBy(described?.AssumeRolePolicyDocument),
    attached,
    boundary: described?.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
    inlineDeny,
    conditionalDeny: Object.fromEntries(conditional),
    conditionalManagedDeny: Object.fromEntries(
      conditionalManaged.map(([source, found]) => {
        const isAttached = attached.includes(conditionalManagedDenyArn(ctx.mark, `${on}#${source}`));
        // Attached and a deny, or not there at all: anything between is to be repaired, or to be removed.
        return [source, found === 'deny' && !isAttached ? 'altered' : found];
      }),
    ),
    marked: marks.includes(ctx.mark),
    ...(markedBy !== undefined && { markedBy }),
    ...(unread.size > 0 && { unread: [...unread].toSorted() }),
  };
}

const restOnAttached: readonly string[] = ['iam.principal.attached-deny', 'iam.role.conditional-managed-deny'];

async function managedDeny(iam: IAMClient, PolicyArn: string, wanted: Json): Promise<DenyPolicy> {
  const policy = (await unlessGone(iam.send(new GetPolicyCommand({ PolicyArn }))))?.Policy;
  if (policy === undefined) return null;
  const VersionId = policy.DefaultVersionId;
  const version = await unlessGone(iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId })));
  return isDocument(version?.PolicyVersion?.Document, wanted) ? 'deny' : 'altered';
}

/** What was asked for, or undefined where there is no such thing. */
export async function unlessGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (awsErrorCode(error) === 'NoSuchEntity') return undefined;
    throw error;
  }
}

const denied: unique symbol = Symbol('denied');

async function orDenied<T>(asked: Promise<T>): Promise<T | typeof denied> {
  try {
    return await asked;
  } catch (error) {
    if (isAccessDenied(error)) return denied;
    throw error;
  }
}
