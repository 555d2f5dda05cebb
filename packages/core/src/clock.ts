/** The time, as the core sees it: injected, so that tests turn it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** A time as records show it. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
