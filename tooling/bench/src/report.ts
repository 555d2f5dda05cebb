import { availableParallelism, cpus, loadavg } from 'node:os';
import { budgets, type Measured, measured, mostOfReference } from './budgets.ts';
import type { ColdStart } from './cold-start.ts';
import type { Load, Spent } from './load.ts';
import { type Moment, moments, type ResponderStart } from './responder-start.ts';
import type { LedgerKind, RoundTrips } from './round-trips.ts';
import { table } from './table.ts';
import type { Typical } from './typical.ts';

export type Counted = { readonly [ledger in LedgerKind]: { readonly [of in Measured]: RoundTrips } };

export interface Figures {
  readonly counted: Counted;
  /** How often each process was started. */
  readonly runs: number;
  readonly starts: readonly ColdStart[];
  readonly responderStarts: readonly ResponderStart[];
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

/** Which type's bundle takes longer to be loaded than it may, in words; empty where the budget is kept. */
export function slowStarts(starts: readonly ResponderStart[]): readonly string[] {
  return starts
    .map(({ type, times }) => ({ type, ratio: ratioOf(times.loaded) }))
    .filter(({ ratio }) => !(ratio <= mostOfReference))
    .map(
      ({ type, ratio }) =>
        `cold start of the responder, ${type}: ${ratio.toFixed(2)} of the reference, at most ${mostOfReference} is allowed`,
    );
}

/** All figures as Markdown. */
export function report({ counted, runs, starts, responderStarts, load }: Figures): string {
  return [
    '### Round trips',
    roundTrips(counted),
    'What is called in each of them, with the S3 ledger. What stands together is called at once; with a folder, the calls to S3 and the round trips that have no others fall away.',
    chains(counted.s3),
    '### Cold start',
    table(
      ['process', 'milliseconds'],
      starts.map((start) => [start.what, milliseconds(start)]),
    ),
    `Milliseconds: the median of ${runs}, and the fastest in brackets.`,
    '### Cold start of the responder',
    coldStarts(responderStarts),
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

const untils: { readonly [moment in Moment]: string } = {
  loaded: "loaded; the reference's clients made",
  account: 'first call to STS',
  service: "first call in the entity's account",
};

function coldStarts(starts: readonly ResponderStart[]): string {
  return table(
    ['entity', 'until', 'responder', 'reference', 'ratio', 'at most'],
    starts.flatMap(({ type, times }) =>
      moments.map((moment) => {
        const { ours, reference } = times[moment];
        const isFirst = moment === 'loaded';
        const ratio = ratioOf(times[moment]).toFixed(2);
        return [
          isFirst ? type : '',
          untils[moment],
          milliseconds(ours),
          milliseconds(reference),
          ratio,
          isFirst ? `${mostOfReference}` : '',
        ];
      }),
    ),
  );
}

function ratioOf({ ours, reference }: { readonly ours: Typical; readonly reference: Typical }): number {
  return ours.median / reference.median;
}

function milliseconds({ median, least }: Typical): string {
  return `${median.toFixed(0)} (${least.toFixed(0)})`;
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
