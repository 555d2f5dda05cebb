import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleContainment } from './bundle.ts';

export interface ColdStart {
  readonly what: string;
  /** Milliseconds from the start of the process to its end: of all runs the one in the middle, and the fastest. */
  readonly median: number;
  readonly least: number;
  /** Of the bundle, where it is one. */
  readonly bytes?: number;
}

interface Start {
  readonly what: string;
  readonly args: readonly string[];
  readonly bytes?: number;
}

/** Of each. */
export const coldStartRuns = 15;
const command = join(import.meta.dirname, '../../../apps/cli/bin/lockdown.js');

const containments: readonly { readonly title: string; readonly plugin: string; readonly arn: string }[] = [
  { title: 'an IAM user', plugin: '@entity-lockdown/plugin-iam-user', arn: 'arn:aws:iam::111122223333:user/alice' },
  { title: 'an IAM role', plugin: '@entity-lockdown/plugin-iam-role', arn: 'arn:aws:iam::111122223333:role/app' },
  {
    title: 'a Lambda function',
    plugin: '@entity-lockdown/plugin-lambda',
    arn: 'arn:aws:lambda:eu-west-1:111122223333:function:thumbnails',
  },
  {
    title: 'an EC2 instance',
    plugin: '@entity-lockdown/plugin-ec2',
    arn: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0',
  },
];

/** How long processes take from nothing. They take turns, so that whatever else the machine does falls on all of them. */
export async function measureColdStarts(): Promise<readonly ColdStart[]> {
  const folder = mkdtempSync(join(tmpdir(), 'entity-lockdown-bench-'));
  try {
    const starts: Start[] = [
      { what: 'Node.js alone (`node -e 0`)', args: ['-e', '0'] },
      { what: '`lockdown --help`', args: [command, '--help'] },
    ];
    for (const [index, { title, plugin, arn }] of containments.entries()) {
      const { file, bytes } = await bundleContainment(plugin, arn, join(folder, String(index)));
      starts.push({ what: `containment of ${title}, bundled, until its first call to STS`, args: [file], bytes });
    }
    for (const { args } of starts) timeOf(args);
    const times = new Map(starts.map(({ what }) => [what, [] as number[]]));
    for (let run = 0; run < coldStartRuns; run += 1) for (const { what, args } of starts) times.get(what)?.push(timeOf(args));
    return starts.map(({ what, bytes }) => {
      const sorted = (times.get(what) ?? []).toSorted((a, b) => a - b);
      return {
        what,
        median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
        least: sorted[0] ?? Number.NaN,
        ...(bytes !== undefined && { bytes }),
      };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function timeOf(args: readonly string[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { PATH: process.env.PATH } });
  const ms = performance.now() - began;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return ms;
}
