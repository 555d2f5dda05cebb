import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { SessionCredentials } from '@entity-lockdown/moto';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CommandPlace {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Omit<SessionCredentials, 'sessionToken'> & { readonly sessionToken?: string };
  /** How far the time is ahead of this machine's, in milliseconds. */
  readonly ahead: number;
  readonly env?: { readonly [name: string]: string };
}

const binary = fileURLToPath(new URL('../../../../apps/cli/bin/lockdown.js', import.meta.url));
const clock = pathToFileURL(join(import.meta.dirname, 'turned-clock.mjs')).href;

/** Runs the built command, as somebody has it whose credentials are in the environment. */
export async function lockdown(place: CommandPlace, ...args: readonly string[]): Promise<Ended> {
  const { accessKeyId, secretAccessKey, sessionToken } = place.credentials;
  const child = spawn(process.execPath, ['--import', clock, binary, ...args, '--endpoint-url', place.endpoint], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: tmpdir(),
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
      AWS_REGION: place.region,
      CLOCK_AHEAD: String(place.ahead),
      NODE_COMPILE_CACHE: join(tmpdir(), 'entity-lockdown-compile-cache'),
      ...place.env,
    },
  });
  return await endOf(child);
}

/** All that a process says, and how it ends. */
export async function endOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Ended> {
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { code, out, err };
}
