import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { python } from '@entity-lockdown/moto';

// Node.js reads no zip; Python, which moto needs anyway, does.

/** The files of a zip in a folder of their own. */
export function unzip(zip: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'function-'));
  execFileSync(python, ['-m', 'zipfile', '-e', zip, folder]);
  return folder;
}

/** A zip of some files, by their names alone. */
export function zipOf(zip: string, files: readonly string[]): void {
  execFileSync(python, ['-m', 'zipfile', '-c', zip, ...files]);
}

/** Adds a file to a zip, so that it is another. */
export function changeZip(zip: string, name: string): void {
  execFileSync(python, ['-c', 'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "a").writestr(sys.argv[2], "")', zip, name]);
}
