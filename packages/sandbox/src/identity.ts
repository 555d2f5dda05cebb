import { iamOf, type Role, type User } from './iam/state.ts';
import type { Caller } from './operation.ts';
import { issuedIn, type Session } from './sts/sessions.ts';
import type { World } from './world.ts';

/** Who stands behind a call's credentials. */
export interface Identity {
  readonly caller: Caller;
  readonly partition: string;
  readonly principal:
    | { readonly kind: 'root' }
    | { readonly kind: 'user'; readonly user: User }
    | { readonly kind: 'role'; readonly role: Role; readonly sessionName: string };
  /** Where the credentials are temporary. */
  readonly session?: Session;
  readonly accessKeyId: string;
}

/** Why credentials are refused. Each service has its own code for it. */
export type BadCredentials = 'unknown' | 'expired';

/**
 * Finds the principal behind credentials. Keys that are inactive or deleted, and sessions of principals that were deleted (or made
 * again under their name), are as if they had never been.
 * https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
export function identify(
  world: World,
  accessKeyId: string,
  sessionToken: string | undefined,
  now: number,
): Identity | BadCredentials {
  const issued = issuedIn(world);
  const session = issued.sessions.get(accessKeyId);
  if (session !== undefined) {
    if (session.sessionToken !== sessionToken) return 'unknown';
    if (now >= session.expires) return 'expired';
    return ofSession(world, session);
  }
  const key = issued.keys.get(accessKeyId);
  if (key === undefined || sessionToken !== undefined) return 'unknown';
  const partition = world.partitionOf(key.account);
  if (key.userId === 'root') return rootOf(partition, key.account, accessKeyId);
  const user = userById(world, key.account, key.userId);
  if (user?.accessKeys.find((each) => each.id === accessKeyId)?.status !== 'Active') return 'unknown';
  return ofUser(partition, key.account, user, accessKeyId);
}

export function rootOf(partition: string, account: string, accessKeyId: string): Identity {
  const caller = { arn: `arn:${partition}:iam::${account}:root`, account, userId: account };
  return { caller, partition, principal: { kind: 'root' }, accessKeyId };
}

/** A user's identity; its own where no session is given. */
export function ofUser(partition: string, account: string, user: User, accessKeyId: string, session?: Session): Identity {
  const caller = { arn: `arn:${partition}:iam::${account}:user${user.path}${user.name}`, account, userId: user.id };
  return { caller, partition, principal: { kind: 'user', user }, accessKeyId, ...(session && { session }) };
}

function ofSession(world: World, session: Session): Identity | BadCredentials {
  const { account, principal, accessKeyId } = session;
  const partition = world.partitionOf(account);
  if (principal.kind === 'user') {
    const user = userById(world, account, principal.id);
    return user === undefined ? 'unknown' : ofUser(partition, account, user, accessKeyId, session);
  }
  const role = iamOf(world, account).roles.get(principal.name.toLowerCase());
  if (role?.id !== principal.id) return 'unknown';
  const { sessionName } = principal;
  return {
    // The path of a role is not in the ARN of its sessions.
    caller: {
      arn: `arn:${partition}:sts::${account}:assumed-role/${role.name}/${sessionName}`,
      account,
      userId: `${role.id}:${sessionName}`,
    },
    partition,
    principal: { kind: 'role', role, sessionName },
    session,
    accessKeyId,
  };
}

/** A user may have been renamed since: its id stays. */
function userById(world: World, account: string, id: string): User | undefined {
  for (const user of iamOf(world, account).users.values()) if (user.id === id) return user;
  return undefined;
}
