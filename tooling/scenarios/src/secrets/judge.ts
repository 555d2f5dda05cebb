import { channels, kinds, type Report } from './gathered.ts';

/** What a run said, stored and wrote, as far as it was searched. */
export interface Gathered {
  /** Of each file of tests that came to its end. */
  readonly reports: readonly Report[];
  /** How many files of tests were run. */
  readonly testFiles: number;
  /** How many pieces of output of the run itself were searched. */
  readonly outputs: number;
  /** How many files that tests wrote were searched. */
  readonly files: number;
  /** What was found in those two. */
  readonly found: readonly string[];
}

/** What is wrong with a run. A search that had nothing to find, or nowhere to look, is a fault where all tests were run. */
export function judge({ reports, testFiles, outputs, files, found }: Gathered, whole: boolean): readonly string[] {
  const faults = [...new Set([...found, ...reports.flatMap((report) => report.found)])].map((where) => `found in ${where}`);
  if (reports.length < testFiles) faults.push(`${testFiles - reports.length} of ${testFiles} files of tests were not searched`);
  if (!whole) return faults;
  for (const channel of channels)
    if (!reports.some(({ gathered }) => gathered[channel])) faults.push(`nothing was gathered: ${channel}`);
  for (const kind of kinds) if (!reports.some(({ planted }) => planted[kind])) faults.push(`nothing was planted: ${kind}`);
  if (outputs === 0) faults.push('nothing was gathered: output of the run');
  if (files === 0) faults.push('nothing was gathered: files');
  return faults;
}
