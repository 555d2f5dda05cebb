import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join, resolve } from 'node:path';

/**
 * From now on, a folder that a test removes is moved aside instead, so that what was written in it can be searched when the run ends. Only
 * what is in the run's own temporary folder.
 */
export function keepWhatIsRemoved(folder: string | undefined): void {
  if (folder === undefined) return;
  const room = join(folder, 'tmp/');
  const moved = (path: unknown, options: fs.RmOptions | undefined): boolean => {
    if (options?.recursive !== true || typeof path !== 'string' || !resolve(path).startsWith(room) || !fs.existsSync(path))
      return false;
    fs.renameSync(path, join(folder, 'removed', crypto.randomUUID()));
    return true;
  };
  const { rmSync } = fs;
  const { rm } = fs.promises;
  fs.rmSync = (path, options) => {
    if (!moved(path, options)) rmSync(path, options);
  };
  fs.promises.rm = async (path, options) => {
    if (!moved(path, options)) await rm(path, options);
  };
  syncBuiltinESMExports();
}
