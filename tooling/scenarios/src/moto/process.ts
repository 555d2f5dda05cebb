// A process of its own that contains or releases one entity, drives it to the end, and prints one line of JSON. Its argument is JSON:
// `{"settings": ..., "job": ...}`. With a kill point it ends itself by SIGKILL: no handler, no clean-up, no last word.
import { writeSync } from 'node:fs';
import { LockdownError } from '@entity-lockdown/core';
import { lockdown } from './lockdown.ts';
import type { Job, LockdownSettings } from './settings.ts';

const { settings, job } = JSON.parse(process.argv[2] ?? '') as { readonly settings: LockdownSettings; readonly job: Job };
let writes = 0;
const countWrites = (to: 'aws' | 'ledger'): void => {
  if (to === settings.kill?.after && ++writes === settings.kill.count) process.kill(process.pid, 'SIGKILL');
};
const runs = await lockdown(settings, countWrites, job.do === 'contain' ? job.arn : job.target);

try {
  const { record, next, otherHolds, busy } = await runs.run(job);
  const said = { record, next, otherHolds, busy, waited: runs.waited(), events: runs.events };
  writeSync(1, `${JSON.stringify(said)}\n`);
  process.exitCode = record.failures.length === 0 ? 0 : 1;
} catch (error) {
  const failure =
    error instanceof LockdownError ? error.failure : { code: 'unexpected', message: String((error as Error).stack) };
  writeSync(1, `${JSON.stringify({ failure })}\n`);
  process.exitCode = 2;
}
