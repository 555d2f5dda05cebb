import {
  type AwsCall,
  archivedIds,
  createAwsAccess,
  createDispatcher,
  createLedger,
  type Dispatcher,
  type Guardrails,
  type Host,
  type Ledger,
  type Observer,
  type Registry,
  random,
  sessionNameFor,
} from '@entity-lockdown/core';
import { asker } from './asker.ts';
import { awsClients, homeRegion } from './aws-clients.ts';
import { storeAt } from './ledger-store.ts';
import type { Running } from './result.ts';
import { type ConnectionOptions, connectionFrom } from './settings/connection.ts';
import { foldersOf } from './settings/folders.ts';
import { ledgerPlace } from './settings/ledger-place.ts';
import { processOwners } from './settings/owners.ts';
import { protectedFrom } from './settings/protected-list.ts';

export interface HostOptions extends ConnectionOptions {
  readonly ledger?: string;
  readonly protected?: string;
}

export interface Watching {
  readonly observe?: Observer;
  readonly onCall?: (call: AwsCall, account: string) => void;
}

/** What the commands work with. Opening it calls nothing and writes nothing. */
export interface OpenHost {
  readonly host: Host;
  readonly dispatcher: Dispatcher;
  readonly ledger: Ledger;
  /** The ids of the records that have ended. */
  archivedIds(): Promise<readonly string[]>;
  /** Who asks, for the record. */
  readonly by: string;
  close(): void;
}

export async function openHost(
  options: HostOptions,
  registry: Registry,
  { io, secrets }: Running,
  watching: Watching = {},
): Promise<OpenHost> {
  const connection = connectionFrom(options, io.env);
  if (connection.externalId !== undefined) secrets.push(connection.externalId);
  const folders = foldersOf(io);
  const guardrails: Guardrails = { protected: protectedFrom(options.protected, io.env, folders.config) };
  const place = ledgerPlace(options.ledger, io.env, folders.data);
  const by = asker();
  const region = io.createClient === undefined ? await homeRegion(connection, io.env) : (connection.region ?? 'us-east-1');
  const createClient = io.createClient ?? (await awsClients(connection, region, io));
  const store = await storeAt(place, createClient, connection, region, io);
  const ledger = createLedger(store, random);
  const access = createAwsAccess({
    createClient,
    clock: io.clock,
    region,
    sessionName: sessionNameFor(by, io.clock.now()),
    ...(connection.roleName !== undefined && { roleName: connection.roleName }),
    ...(connection.externalId !== undefined && { externalId: connection.externalId }),
  });
  const host: Host = {
    registry,
    ledger,
    access,
    guardrails,
    clock: io.clock,
    owners: processOwners(random(8)),
    ...watching,
  };
  return {
    host,
    dispatcher: createDispatcher(host),
    ledger,
    archivedIds: () => archivedIds(store),
    by,
    close: () => access.destroy(),
  };
}
