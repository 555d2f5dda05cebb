import { availableParallelism, cpus, loadavg } from 'node:os';
import { budgets, type Measured, measured } from './budgets.ts';
import { type ColdStart, coldStartRuns } from './cold-start.ts';
import type { Load, Spent } from './load.ts';
import type { LedgerKind, RoundTrips } from './round-trips.ts';
import { table } from './table.ts';

export type Counted = { readonly [ledger in LedgerKind]: { readonly [of in Measured]: RoundTrips } };

export interface Figures {
  readonly counted: Counted;
  readonly starts: readonly ColdStart[];
  readonly load: Load;
}

/** What takes more round trips than it may, in words; empty where every budget is kept. */
export function overBudget(counted: Counted): readonly string[] {
  return (['folder', 's3'] as const).flatMap((ledger) =>
    measured
      .filter((of) => counted[ledger][of].count > budgets[of].most[ledger])
      .map(
        (of) =>
          `${budgets[of].until}, ${ledger === 's3' ? 'S3' : 'folder'} ledger: ${counted[ledger][of].count} round trips, at most ${budgets[of].most[ledger]} are allowed`,
      ),
  );
}

/** All figures as Markdown. */
export function report({ counted, starts, load }: Figures): string {
  return [
    '### Round trips',
    roundTrips(counted),
    'What is called in each of them, with the S3 ledger. What stands together is called at once; with a folder, the calls to S3 and the round trips that have no others fall away.',
    chains(counted.s3),
    '### Cold start',
    coldStarts(starts),
    `### ${load.entities.toLocaleString('en')} entities`,
    loadTable(load),
    `Measured with Node.js ${process.versions.node} on ${availableParallelism()} processors (${cpus()[0]?.model.trim() || 'model unknown'}), at a load average of ${loadavg()[0]?.toFixed(1)}.`,
  ].join('\n\n');
}

function roundTrips({ folder, s3 }: Counted): string {
  return table(
    ['round trips until', 'reference', 'limit', 'folder ledger', 'at most', 'S3 ledger', 'at most'],
    measured.map((of) => {
      const { until, reference, limit, most } = budgets[of];
      return [until, reference, limit, folder[of].count, most.folder, s3[of].count, most.s3].map(String);
    }),
  );
}

function chains(counted: { readonly [of in Measured]: RoundTrips }): string {
  return table(
    ['until', 'round trip', 'calls'],
    measured.flatMap((of) =>
      counted[of].calls.map((calls, index) => [
        index === 0 ? budgets[of].until : '',
        String(index + 1),
        calls.map((call) => `\`${call}\``.replace(/ (\(\d+\))`$/, '` $1')).join(', '),
      ]),
    ),
  );
}

function coldStarts(starts: readonly ColdStart[]): string {
  return table(
    ['process', `milliseconds, median of ${coldStartRuns}`, 'fastest', 'bundle'],
    starts.map(({ what, median, least, bytes }) => [
      what,
      median.toFixed(0),
      least.toFixed(0),
      bytes === undefined ? '' : `${Math.round(bytes / 1_000)} kB`,
    ]),
  );
}

function loadTable({ accounts, sideBySide, calls, contain, release, bytesBefore, bytesPeak }: Load): string {
  const spent = ({ seconds, cpuSeconds }: Spent) => `${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of a processor)`;
  const megabytes = (bytes: number) => `${Math.round(bytes / 1_000_000)} MB`;
  return table(
    ['what', 'figure'],
    [
      ['accounts', String(accounts)],
      ['entities under way at once', String(sideBySide)],
      ['calls to AWS', calls.toLocaleString('en')],
      ['all contained and verified', spent(contain)],
      ['all released and verified', spent(release)],
      ['memory before the first, with the sandbox and its world', megabytes(bytesBefore)],
      ['most memory', megabytes(bytesPeak)],
    ],
  );
}
