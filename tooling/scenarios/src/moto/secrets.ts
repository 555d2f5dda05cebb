import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';

/** Values that must be found nowhere: each is planted where Entity Lockdown meets it. */
export const planted = {
  externalId: 'planted-external-id-7c1e',
  environment: 'planted-environment-value-5d0a',
  userData: 'planted-user-data-93bf',
} as const;

const more = new Set<string>();

/** One more value that must be found nowhere, such as the secret of an access key that moto made. */
export function plantSecret(secret: string): void {
  more.add(secret);
}

/** Fails where a planted value, plain or in base64, stands in a text that Entity Lockdown wrote or said. */
export function expectNoSecrets(where: string, written: string): void {
  for (const secret of [...Object.values(planted), ...more]) {
    for (const form of [secret, Buffer.from(secret).toString('base64').replaceAll('=', '')])
      expect(written.includes(form), `${form} in ${where}`).toBe(false);
  }
}

/** Everything in a folder ledger, as it is on the disk. */
export async function textOfFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1'));
  return (await Promise.all(files)).join('\n');
}
