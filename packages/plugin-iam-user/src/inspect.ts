import { IAMClient, paginateListUsers } from '@aws-sdk/client-iam';
import { type PrincipalState, readPrincipal, unlessGone } from '@entity-lockdown/iam-deny';
import { type Context, type Entity, isAccessDenied, type Known, type Observed } from '@entity-lockdown/plugin-api';
import { type CredentialSetting, credentialKinds, type Status } from './settings/credential-status.ts';
import type { Credential, UserState } from './state.ts';

/**
 * Looks at the user and all its credentials at once. Where the user is not the one that was seen before, it is looked for by its id:
 * a user can be renamed, also by itself, and keeps its id and its keys.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_rename.html
 */
export async function inspect(ctx: Context, entity: Entity, known: Known): Promise<Observed<UserState>> {
  const seen = await look(ctx, entity, known);
  const { id } = known;
  if (id === undefined) return observed(seen, missingOf(entity, seen.principal));
  if (seen.principal.id === id) return observed(seen, undefined);
  const name = await nameById(ctx, id);
  const renamed = name === undefined ? seen : await look(ctx, entity, known, name);
  // Another id is another user: whoever asked knows which one was meant.
  if (renamed.principal.id !== id) return observed(renamed, missingOf(entity, renamed.principal));
  const successor = seen.principal.exists ? seen.principal.id : undefined;
  return observed({ ...renamed, ...(successor !== undefined && { successor }) }, undefined);
}

function observed(seen: UserState, missing: string | undefined): Observed<UserState> {
  const { principal } = seen;
  return {
    exists: principal.exists && missing === undefined,
    id: principal.id,
    state: missing === undefined ? seen : { ...seen, missing },
    ...(missing !== undefined && { missing }),
    ...(principal.markedBy !== undefined && { markedBy: principal.markedBy }),
  };
}

/** A user has moved where its path is another; where its name differs in its case, the ledger would know it under two names. */
function missingOf(entity: Entity, principal: PrincipalState): string | undefined {
  if (!principal.exists)
    return `There is no IAM user ${entity.name} in the account ${entity.account}. If it was renamed, give the ARN with its present name.`;
  if (principal.name !== entity.name)
    return `The IAM user is called ${principal.name}, not ${entity.name}: give the ARN as AWS spells it, ${principal.arn}.`;
  return undefined;
}

async function look(ctx: Context, entity: Entity, known: Known, name?: string): Promise<UserState> {
  const iam = ctx.client(IAMClient);
  const kinds = Object.keys(credentialKinds) as CredentialSetting[];
  const [principal, ...found] = await Promise.all([
    readPrincipal(ctx, entity.arn, known.targets, name),
    ...kinds.map(async (kind) => ({ kind, credentials: await credentialsOf(iam, kind, name ?? entity.name, known) })),
  ]);
  return {
    principal,
    credentials: found.flatMap(({ credentials }) => credentials ?? []),
    unlisted: found.filter(({ credentials }) => credentials === undefined).map(({ kind }) => kind),
  };
}

/**
 * The user's credentials of one kind. Undefined where they may not be listed: the others can still be made inactive. Once the ledger
 * has some of this kind, that is an error: they would be taken for deleted, and not be put back.
 */
async function credentialsOf(
  iam: IAMClient,
  setting: CredentialSetting,
  name: string,
  { targets }: Known,
): Promise<readonly Credential[] | undefined> {
  try {
    return (await unlessGone(listed(iam, setting, name))) ?? [];
  } catch (error) {
    if (isAccessDenied(error) && !targets.some((target) => target.setting === setting)) return undefined;
    throw error;
  }
}

async function listed(iam: IAMClient, setting: CredentialSetting, name: string): Promise<readonly Credential[]> {
  const found: Credential[] = [];
  for await (const page of credentialKinds[setting].list(iam, name))
    for (const { id, status } of page) if (id !== undefined) found.push({ setting, id, status: status as Status });
  return found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** The present name of the user with this id; undefined where there is none, or where listing users is not allowed. */
async function nameById(ctx: Context, id: string): Promise<string | undefined> {
  try {
    for await (const { Users = [] } of paginateListUsers({ client: ctx.client(IAMClient) }, {})) {
      const found = Users.find(({ UserId }) => UserId === id);
      if (found !== undefined) return found.UserName;
    }
    return undefined;
  } catch (error) {
    if (isAccessDenied(error)) return undefined;
    throw error;
  }
}
