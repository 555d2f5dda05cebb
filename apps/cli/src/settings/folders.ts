import envPaths from 'env-paths';
import type { Io } from '../io.ts';

/** Where this account keeps the ledger and the configuration, as its system has it. */
export function foldersOf(io: Io): { readonly data: string; readonly config: string } {
  return io.folders ?? envPaths('entity-lockdown', { suffix: '' });
}
