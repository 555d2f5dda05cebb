import { delimiter, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Registry } from '@entity-lockdown/core';
import type { Env } from '../io.ts';
import { usageError } from '../usage-error.ts';

/** The folder of this package, whose dependencies are the plugins that come with it. */
export const ownFolder: string = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The plugins among the dependencies of this package, and of the packages in the folders that were named. Never of the folder that the
 * command happens to be run in: whoever can write there would have code run with the responder's credentials.
 */
export async function discoverPlugins(folders: readonly string[], env: Env): Promise<Registry> {
  if (folders.some((folder) => folder.trim() === ''))
    throw usageError(
      '--plugins-from names no folder: an empty one would be the folder that the command is run in.',
      'Give the folder whose dependencies are plugins, or leave the option out.',
    );
  const { discover } = await import('@entity-lockdown/core');
  const fromEnv = (env.LOCKDOWN_PLUGINS_FROM ?? '').split(delimiter).filter((folder) => folder !== '');
  return await discover([ownFolder, ...[...folders, ...fromEnv].map((folder) => resolve(folder))]);
}
