import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ContainmentRecord, Failure, Next, RecordEvent } from '@entity-lockdown/core';
import type { Job, LockdownSettings } from './settings.ts';

/** How a process ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Absent where it was killed before it could say anything. */
  readonly said?: Said;
  /** Both of its streams. */
  readonly output: string;
}

export interface Said {
  readonly record?: ContainmentRecord;
  readonly next?: Next;
  readonly otherHolds?: readonly string[];
  readonly busy?: true;
  readonly waited?: number;
  readonly events?: readonly RecordEvent[];
  readonly failure?: Failure;
}

const program = fileURLToPath(new URL('process.ts', import.meta.url));

/** Runs a job in a process of its own, from the sources. */
export async function runProcess(settings: LockdownSettings, job: Job): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ['--conditions=@entity-lockdown/source', '--disable-warning=ExperimentalWarning', program, JSON.stringify({ settings, job })],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      // The SDK's modules are parsed once for all processes.
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: join(tmpdir(), 'entity-lockdown-compile-cache') },
    },
  );
  const [out, err, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { code, signal, output: `${out}${err}`, ...(out !== '' && { said: JSON.parse(out) as Said }) };
}
