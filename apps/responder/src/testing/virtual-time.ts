/** Time that passes only when everybody waits: the same in every run, and hours in an instant. */
export interface VirtualTime {
  now(): number;
  /** Resolves when so many milliseconds have passed. */
  pass(ms: number): Promise<void>;
  /** Resolves when whoever is awake waits again. */
  quiet(): Promise<void>;
  /** When the next one wakes; infinity where nobody waits. */
  next(): number;
  /** Turns the clock to a time, and wakes who is due by then. */
  turnTo(at: number): void;
}

interface Waiting {
  readonly at: number;
  readonly wake: () => void;
}

export function virtualTime(start: number = Date.parse('2026-11-02T03:04:05Z')): VirtualTime {
  let now = start;
  let waits = 0;
  let waiting: Waiting[] = [];
  return {
    now: () => now,
    pass(ms) {
      waits += 1;
      return new Promise((resolve) => waiting.push({ at: now + ms, wake: resolve }));
    },
    async quiet() {
      let before: number;
      do {
        before = waits;
        // What promises, streams and the loading of code need until they wait for time again.
        for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      } while (before !== waits);
    },
    next: () => waiting.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY),
    turnTo(at) {
      now = Math.max(now, at);
      const due = waiting.filter((each) => each.at <= now);
      waiting = waiting.filter((each) => each.at > now);
      for (const { wake } of due.toSorted((a, b) => a.at - b.at)) wake();
    },
  };
}
