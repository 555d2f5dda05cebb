import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The responder's zip, built as `pnpm package` builds it, in a folder of its own. */
export function responderZip(): string {
  const folder = mkdtempSync(join(tmpdir(), 'responder-'));
  execFileSync(process.execPath, [join(import.meta.dirname, '../../../../apps/responder/bundle.mjs'), folder]);
  return join(folder, 'responder.zip');
}
