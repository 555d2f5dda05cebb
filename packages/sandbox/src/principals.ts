import type { Credentials } from './direct-client.ts';
import { instanceSession } from './ec2/session.ts';
import { iamOf, type Role, type User } from './iam/state.ts';
import { type Identity, identify, ofUser, rootOf } from './identity.ts';
import { functionSession } from './lambda/session.ts';
import { newSecret } from './secrets.ts';
import { roleWithArn } from './sts/assume-role.ts';
import { issuedIn, issueSession } from './sts/sessions.ts';
import type { World } from './world.ts';

export interface CredentialOptions {
  /** For a user: the access key meant, where she has several. Its status is not looked at. */
  readonly accessKeyId?: string;
  /** For a user: temporary credentials, as GetSessionToken makes them. */
  readonly session?: boolean;
  /** For a role: the session's name. */
  readonly sessionName?: string;
  /** Session policies, as documents. */
  readonly policies?: readonly string[];
  /** Condition keys that the session carries: `{ 'ec2:SourceInstanceARN': ... }`, `{ 'lambda:SourceFunctionArn': ... }`. */
  readonly context?: { readonly [key: string]: string };
  /** How long a session lasts; one hour where it is left out. */
  readonly seconds?: number;
}

type Found =
  | { readonly kind: 'root'; readonly account: string; readonly partition: string }
  | { readonly kind: 'user'; readonly account: string; readonly user: User }
  | {
      readonly kind: 'role';
      readonly account: string;
      readonly role: Role;
      readonly sessionName?: string;
      readonly context?: { readonly [key: string]: string };
    };

/** See `Sandbox.credentials`. Nobody is asked for permission: it is how a test comes by credentials. */
export function credentialsOf(
  world: World,
  principal: string,
  options: CredentialOptions,
  now: number,
): Credentials & { readonly expiration?: Date } {
  const found = find(world, principal);
  if (found.kind === 'root') return rootKey(world, found.account);
  if (found.kind === 'user' && options.session !== true) return accessKeyOf(found.user, options.accessKeyId);
  const session = issueSession(world, {
    account: found.account,
    principal:
      found.kind === 'user'
        ? { kind: 'user', name: found.user.name, id: found.user.id }
        : {
            kind: 'role',
            name: found.role.name,
            id: found.role.id,
            sessionName: options.sessionName ?? found.sessionName ?? 'session',
          },
    policies: options.policies ?? [],
    context: { ...(found.kind === 'role' && found.context), ...options.context },
    issued: now,
    expires: now + (options.seconds ?? 3_600) * 1_000,
  });
  const { accessKeyId, secretAccessKey, sessionToken } = session;
  return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(session.expires) };
}

/** The identity of a principal without credentials, for building worlds. */
export function identityOf(world: World, principal: string, now: number): Identity {
  const found = find(world, principal);
  if (found.kind === 'root') return rootOf(found.partition, found.account, '');
  if (found.kind === 'user') return ofUser(world.partitionOf(found.account), found.account, found.user, '');
  const { accessKeyId, sessionToken } = credentialsOf(world, principal, {}, now);
  const identity = identify(world, accessKeyId, sessionToken, now);
  if (typeof identity === 'string') throw new Error(`the credentials of ${principal} are ${identity}`);
  return identity;
}

function find(world: World, principal: string): Found {
  const admin = /^admin:(\d{12})$/.exec(principal)?.[1];
  if (admin !== undefined) return { kind: 'root', account: admin, partition: world.partitionOf(admin) };
  const [, partition, service, region = '', account = '', ...rest] = principal.split(':');
  if (world.partitionOf(account) !== partition) throw new Error(`account ${account} is not in the partition of ${principal}`);
  const iam = iamOf(world, account);
  const [kind, ...names] = rest.join(':').split('/');
  const name = (names.at(-1) ?? '').toLowerCase();
  if (service === 'iam' && kind === 'root') return { kind: 'root', account, partition };
  const user = service === 'iam' && kind === 'user' ? iam.users.get(name) : undefined;
  if (user !== undefined) return { kind: 'user', account, user };
  const role = service === 'iam' && kind === 'role' ? iam.roles.get(name) : undefined;
  if (role !== undefined) return { kind: 'role', account, role };
  const assumed = service === 'sts' && kind === 'assumed-role' ? iam.roles.get((names[0] ?? '').toLowerCase()) : undefined;
  if (assumed !== undefined) return { kind: 'role', account, role: assumed, sessionName: names[1] ?? 'session' };
  const given = sessionGivenTo(world, service, account, region, rest.join(':'));
  if (given !== undefined) return given;
  throw new Error(`the sandbox has no principal ${principal}`);
}

/** The session of an instance or of a function, which says so in its condition keys. The role may be another account's. */
function sessionGivenTo(
  world: World,
  service: string | undefined,
  account: string,
  region: string,
  resource: string,
): Found | undefined {
  const place = { world, account, region };
  const instance = service === 'ec2' ? /^instance\/(.+)$/.exec(resource)?.[1] : undefined;
  const name = service === 'lambda' ? /^function:([^:]+)$/.exec(resource)?.[1] : undefined;
  const session =
    instance !== undefined ? instanceSession(place, instance) : name !== undefined ? functionSession(place, name) : undefined;
  const found = session === undefined ? undefined : roleWithArn(world, session.roleArn);
  if (session === undefined || found === undefined) return undefined;
  return { kind: 'role', ...found, sessionName: session.sessionName, context: session.context };
}

function rootKey(world: World, account: string): Credentials {
  const { keys } = issuedIn(world);
  for (const [accessKeyId, key] of keys) {
    if (key.account === account && key.userId === 'root') return { accessKeyId, secretAccessKey: key.secretAccessKey };
  }
  const accessKeyId = world.id('AKIA');
  const secretAccessKey = newSecret(world.id(''));
  keys.set(accessKeyId, { account, userId: 'root', secretAccessKey });
  return { accessKeyId, secretAccessKey };
}

function accessKeyOf(user: User, wanted: string | undefined): Credentials {
  const key = user.accessKeys.find(({ id }) => id === (wanted ?? id));
  if (key === undefined) throw new Error(`user ${user.name} has no access key${wanted === undefined ? '' : ` ${wanted}`}`);
  return { accessKeyId: key.id, secretAccessKey: key.secret };
}
