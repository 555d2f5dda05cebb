import type { Clock } from '../clock.ts';
import type { Dispatcher } from './dispatcher.ts';
import { withHoldOf } from './hold.ts';
import type { Progress } from './types.ts';

export interface DriveOptions {
  readonly clock: Clock;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Aborted when this process must end: hops are finished, dwells are not. */
  readonly signal: AbortSignal;
  /** The incident that asks for a containment: "contained" is answered only while its hold is in the record. */
  readonly incident?: string;
  /** Told before each sleep. */
  readonly onWait?: (progress: Progress) => void;
}

/** A driver for a process that may sleep: goes on with a record until nothing is left to do now. */
export async function drive(dispatcher: Dispatcher, begun: Progress, options: DriveOptions): Promise<Progress> {
  let progress = begun;
  while (isUnderWay(progress)) {
    const wait = Date.parse(progress.next?.at ?? '') - options.clock.now();
    options.onWait?.(progress);
    if (wait > 0) await options.sleep(wait, options.signal);
    if (options.signal.aborted) return await hurry(dispatcher, progress, options);
    progress = await dispatcher.advance(progress.record.id);
  }
  return options.incident === undefined ? progress : withHoldOf(options.incident, progress);
}

/** Attempts to bring what rests in a hop to its last value before the process ends. */
const mostHurries = 8;

/** Goes on without dwells: nothing may stay in a hop, with its door open, when this process ends. */
async function hurry(dispatcher: Dispatcher, begun: Progress, { clock, sleep }: DriveOptions): Promise<Progress> {
  let progress = begun;
  for (let attempt = 0; attempt < mostHurries; attempt++) {
    progress = await dispatcher.advance(progress.record.id, { hurry: true });
    if (!isUnderWay(progress)) return progress;
    const wait = Date.parse(progress.next?.at ?? '') - clock.now();
    // The signal of the interrupt is spent; these waits are short.
    if (attempt + 1 < mostHurries) await sleep(Math.min(Math.max(wait, 0), 1_000), new AbortController().signal);
  }
  return progress;
}

function isUnderWay({ record, next, busy }: Progress): boolean {
  if (next === undefined) return false;
  return busy === true || record.state === 'containing' || record.state === 'releasing';
}
