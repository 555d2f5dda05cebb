import { readFileSync } from 'node:fs';
import type { Env } from '../io.ts';
import { usageError } from '../usage-error.ts';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters */
const form = /^[\w+=,.@:/-]{2,1224}$/;

/** The external id for AssumeRole, from where it was given. No message quotes it. */
export function externalIdFrom(
  options: { readonly externalId?: string; readonly externalIdFile?: string },
  env: Env,
): string | undefined {
  const { externalId, externalIdFile } = options;
  if (externalId !== undefined && externalIdFile !== undefined)
    throw usageError('--external-id and --external-id-file were both given.', 'Give one of them.');
  if (externalIdFile !== undefined) return checked(readLine(externalIdFile), 'The external id in the file');
  if (externalId !== undefined) return checked(externalId, '--external-id');
  const { LOCKDOWN_EXTERNAL_ID: fromEnv } = env;
  return fromEnv === undefined || fromEnv === '' ? undefined : checked(fromEnv, 'LOCKDOWN_EXTERNAL_ID');
}

function readLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw usageError(
      `The file of --external-id-file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`,
      'Check its name and permissions.',
    );
  }
}

function checked(value: string, what: string): string {
  if (form.test(value)) return value;
  throw usageError(
    `${what} is not an external id: it has 2 to 1,224 letters, digits and characters of + = , . @ : / - _`,
    'Check how it was copied; it is not shown here.',
  );
}
