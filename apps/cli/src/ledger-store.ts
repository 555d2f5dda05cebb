import type { CreateClient, ObjectStore } from '@entity-lockdown/core';
import type { Io } from './io.ts';
import type { Connection } from './settings/connection.ts';
import type { LedgerPlace } from './settings/ledger-place.ts';

/** Opens the store of a ledger. Nothing is read or written. */
export async function storeAt(
  place: LedgerPlace,
  createClient: CreateClient,
  { endpointUrl }: Pick<Connection, 'endpointUrl'>,
  region: string,
  io: Io,
): Promise<ObjectStore> {
  const now = () => io.clock.now();
  if (place.kind === 'file') {
    const { folderStore } = await import('@entity-lockdown/core/folder-store');
    return folderStore({ folder: place.folder, now });
  }
  const [{ s3Store }, { S3Client }] = await Promise.all([import('@entity-lockdown/core/s3-store'), import('@aws-sdk/client-s3')]);
  // Stand-ins for S3 rarely answer to the name of a bucket as a host name.
  const isOther = [endpointUrl, io.env.AWS_ENDPOINT_URL_S3, io.env.AWS_ENDPOINT_URL].some(
    (url) => url !== undefined && url !== '',
  );
  const client = createClient(S3Client, { region, ...(isOther && { forcePathStyle: true }) });
  return s3Store({ client, bucket: place.bucket, prefix: place.prefix, now });
}
