import { isAbsolute } from 'node:path';
import { shown } from '@entity-lockdown/core';
import envPaths from 'env-paths';
import type { Io } from '../io.ts';
import { usageError } from '../usage-error.ts';

/**
 * Where this account keeps the ledger and the configuration, as its system has it. Where HOME is empty, or a variable of the system
 * names a relative folder, both would be wherever the command is run: another ledger in each folder, and a list of what is protected
 * from whoever can write there.
 */
export function foldersOf(io: Io): { readonly data: string; readonly config: string } {
  const folders = io.folders ?? envPaths('entity-lockdown', { suffix: '' });
  const relative = [folders.data, folders.config].find((folder) => !isAbsolute(folder));
  if (relative === undefined) return folders;
  throw usageError(
    `This account's folder for the ledger or the configuration is ${shown(relative)}, which is another one wherever the command is run.`,
    'Set HOME (and XDG_DATA_HOME and XDG_CONFIG_HOME, if they are set) to folders that begin with /.',
  );
}
