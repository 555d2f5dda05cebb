import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@entity-lockdown/core';

/** The clock of this machine; waits take their time. With a file: waits turn the clock on, and whoever has the same file next sees it turned. */
export interface PassingClock extends Clock {
  pass(milliseconds: number): Promise<void>;
}

export function turnedClock(file: string | undefined): PassingClock {
  if (file === undefined) return { now: () => Date.now(), pass: (milliseconds) => sleep(milliseconds) };
  let turned = readTurned(file);
  return {
    now: () => Date.now() + turned,
    async pass(milliseconds) {
      turned += milliseconds;
      writeFileSync(file, String(turned));
    },
  };
}

function readTurned(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}
