import { newSecret } from '../secrets.ts';
import type { World } from '../world.ts';

/** Temporary credentials, as they were issued. Policies are not in them: those are looked up when a call is made. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly account: string;
  readonly principal:
    | { readonly kind: 'role'; readonly name: string; readonly id: string; readonly sessionName: string }
    | { readonly kind: 'user'; readonly name: string; readonly id: string };
  /** Policies that narrow it, as documents. */
  readonly policies: readonly string[];
  /** Condition keys that the session carries, such as `ec2:SourceInstanceARN`. */
  readonly context: { readonly [key: string]: string };
  readonly issued: number;
  readonly expires: number;
}

/** Where a long-term access key belongs; whether it still exists is the user's affair. `userId` is `root` for the account's root. */
interface IssuedKey {
  readonly account: string;
  readonly userId: string;
  readonly secretAccessKey: string;
}

/** All credentials ever issued. They are not a part of the organization's configuration: `dump()` leaves them out. */
export interface Issued {
  readonly issued: { readonly keys: Map<string, IssuedKey>; readonly sessions: Map<string, Session> };
}

export function issuedIn(world: World): Issued['issued'] {
  return world.slot<Issued>('sts', '', '', () => ({ issued: { keys: new Map(), sessions: new Map() } })).issued;
}

/** Issues temporary credentials. */
export function issueSession(world: World, wanted: Omit<Session, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>): Session {
  const session: Session = {
    ...wanted,
    accessKeyId: world.id('ASIA'),
    secretAccessKey: newSecret(world.id('')),
    sessionToken: `FwoG${newSecret(world.id(''))}${world.id('')}`,
  };
  issuedIn(world).sessions.set(session.accessKeyId, session);
  return session;
}
