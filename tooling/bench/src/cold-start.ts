import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Typical, typical } from './typical.ts';

/** How long a process takes from its start to its end. */
export interface ColdStart extends Typical {
  readonly what: string;
}

const command = join(import.meta.dirname, '../../../apps/cli/bin/lockdown.js');

const starts: readonly { readonly what: string; readonly args: readonly string[] }[] = [
  { what: 'Node.js alone (`node -e 0`)', args: ['-e', '0'] },
  { what: '`lockdown --help`', args: [command, '--help'] },
];

/** How long processes take from nothing. They take turns, so that whatever else the machine does falls on all of them. */
export function measureColdStarts(runs: number): readonly ColdStart[] {
  for (const { args } of starts) timeOf(args);
  const measured = starts.map((start) => ({ ...start, times: [] as number[] }));
  for (let run = 0; run < runs; run += 1) for (const { args, times } of measured) times.push(timeOf(args));
  return measured.map(({ what, times }) => ({ what, ...typical(times) }));
}

function timeOf(args: readonly string[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { PATH: process.env.PATH } });
  const ms = performance.now() - began;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return ms;
}
