import { join } from 'node:path';
import { shown } from '@entity-lockdown/core';
import type { Env } from '../io.ts';
import { usageError } from '../usage-error.ts';

/** Where the ledger is. */
export type LedgerPlace =
  | { readonly kind: 'file'; readonly folder: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const bucketForm = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const prefixForm = /^[\w!.*'()-]+(\/[\w!.*'()-]+)*$/;

/** `--ledger`, LOCKDOWN_LEDGER, or a folder in this account's data. */
export function ledgerPlace(given: string | undefined, env: Env, dataFolder: string): LedgerPlace {
  const text = given ?? (env.LOCKDOWN_LEDGER || undefined);
  if (text === undefined) return { kind: 'file', folder: join(dataFolder, 'ledger') };
  if (text.startsWith('file:')) {
    const folder = text.slice('file:'.length).replace(/^\/\/(?=\/)/, '');
    if (folder !== '' && !/\p{Cc}/u.test(folder)) return { kind: 'file', folder };
  }
  if (text.startsWith('s3://')) {
    const [bucket = '', ...rest] = text.slice('s3://'.length).split('/');
    const prefix = rest.join('/').replace(/\/$/, '');
    if (bucketForm.test(bucket) && (prefix === '' || prefixForm.test(prefix))) return { kind: 's3', bucket, prefix };
  }
  throw usageError(
    `${shown(text)} is no place for a ledger.`,
    'Give --ledger file:DIR, or --ledger s3://BUCKET/PREFIX (or LOCKDOWN_LEDGER).',
  );
}
