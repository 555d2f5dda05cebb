/** Time that passes only when everything waits for it. Milliseconds, from a given start. */
export interface VirtualTime {
  now(): number;
  /** Resolves so many milliseconds later. */
  sleep(ms: number): Promise<void>;
  /** While the work is under way, time stands still, except in `passing`. For work that the time cannot see waiting, such as signing. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** `sleep` for work inside `during`: the latency of a call on its way. */
  passing(ms: number): Promise<void>;
  /** Runs work to its end. Throws where it waits for nothing that the time could bring. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

interface Waiting {
  readonly until: number;
  wake(): void;
}

/**
 * Turns of the event loop without news after which everything is taken to wait. A stream or a module may need a few turns: were there
 * too few here, time would pass too early, and more round trips would be counted than there are, never less.
 */
const quietTurns = 50;

export function virtualTime(start: number): VirtualTime {
  let now = start;
  let busy = 0;
  let news = 0;
  let waiting: Waiting[] = [];

  function wait(ms: number, wake: () => void): Promise<void> {
    news += 1;
    return new Promise((resolve) => {
      waiting.push({
        until: now + ms,
        wake() {
          wake();
          resolve();
        },
      });
    });
  }

  async function everythingWaits(isDone: () => boolean): Promise<void> {
    let seen = news;
    for (let quiet = 0; quiet < quietTurns && !isDone(); ) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      quiet = busy === 0 && seen === news ? quiet + 1 : 0;
      seen = news;
    }
  }

  function turn(): void {
    if (waiting.length === 0) throw new Error('everything waits, and nothing will happen');
    now = Math.min(...waiting.map(({ until }) => until));
    const due = waiting.filter(({ until }) => until <= now);
    waiting = waiting.filter(({ until }) => until > now);
    for (const { wake } of due) wake();
  }

  return {
    now: () => now,
    sleep: (ms) => wait(ms, () => {}),
    passing(ms) {
      busy -= 1;
      return wait(ms, () => {
        busy += 1;
      });
    },
    async during(work) {
      busy += 1;
      news += 1;
      try {
        return await work();
      } finally {
        busy -= 1;
        news += 1;
      }
    },
    async run(work) {
      let isDone = false;
      const done = work().finally(() => {
        isDone = true;
      });
      // It is awaited at the end; a rejection before that must not end the process.
      done.catch(() => {});
      for (;;) {
        await everythingWaits(() => isDone);
        if (isDone) return await done;
        turn();
      }
    },
  };
}
