import {
  type CreateClient,
  createLedger,
  type Ledger,
  LockdownError,
  type ObjectStore,
  random,
  StoreFault,
} from '@entity-lockdown/core';
import type { Io } from './io.ts';
import { storeAt } from './ledger-store.ts';
import type { Connection } from './settings/connection.ts';
import { type LedgerPlace, ledgerPlace } from './settings/ledger-place.ts';
import { usageError } from './usage-error.ts';

/** Where the responder keeps its records. */
export interface FollowedLedger {
  readonly store: ObjectStore;
  readonly ledger: Ledger;
}

/** The ledger that is to be followed: a responder's is in a bucket. Undefined where none is. */
export function followedPlace(
  { follow, ledger }: { readonly follow?: boolean; readonly ledger?: string },
  { env }: Io,
): LedgerPlace | undefined {
  if (follow !== true) {
    if (ledger === undefined) return undefined;
    throw usageError('--ledger is for --follow, which was not given.', 'Add --follow, or leave --ledger out.');
  }
  // The folder of this account is no place to look: nothing of the responder is there.
  const place = ledgerPlace(ledger, env, '');
  if (place.kind === 's3') return place;
  throw usageError(
    "--follow reads the responder's ledger, and no bucket was named.",
    "Give --ledger s3://BUCKET/PREFIX (or LOCKDOWN_LEDGER): the outputs of the responder's stack name it. Or leave --follow out.",
  );
}

/** Opens it, and finds out whether it can be read before anything is published. */
export async function openFollowed(
  place: LedgerPlace,
  createClient: CreateClient,
  connection: Connection,
  region: string,
  io: Io,
): Promise<FollowedLedger> {
  const store = await storeAt(place, createClient, connection, region, io);
  const ledger = createLedger(store, random);
  try {
    // What following takes: to read objects, and to list those of an entity.
    await Promise.all([ledger.existingMark(), store.list('records/0')]);
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
    throw new LockdownError('failed', {
      code: error.code,
      message: `Nothing was published, since the records could not be followed: ${error.message}`,
      next: 'To ask all the same, leave --follow out. To follow, s3:GetObject on the objects of the ledger and s3:ListBucket on its bucket are enough; check --ledger and --region as well.',
      transient: false,
    });
  }
  return { store, ledger };
}
