/** Time that passes only while everybody sleeps: hours in an instant, and the same in every run. */
export interface VirtualTime {
  now(): number;
  /** Resolves when so many milliseconds have passed, or at once when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * @param start in milliseconds since the epoch
 * @param idle resolves when whatever was awake has had its turn
 */
export function virtualTime(start: number, idle: () => Promise<void> = turns): VirtualTime {
  let now = start;
  let sleepers: Sleeper[] = [];
  let count = 0;
  let pumping = false;

  async function pump(): Promise<void> {
    pumping = true;
    while (sleepers.length > 0) {
      let before: number;
      do {
        before = count;
        await idle();
      } while (before !== count);
      const first = sleepers.reduce<Sleeper | undefined>(
        (least, each) => (least === undefined || each.at < least.at ? each : least),
        undefined,
      );
      if (first === undefined) break;
      sleepers = sleepers.filter((each) => each !== first);
      now = Math.max(now, first.at);
      first.wake();
    }
    pumping = false;
  }

  return {
    now: () => now,
    async sleep(ms, signal) {
      if (signal?.aborted === true || ms <= 0) return;
      count += 1;
      await new Promise<void>((resolve) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((each) => each !== sleeper);
          resolve();
        });
        if (!pumping) void pump();
      });
      count += 1;
    },
  };
}

/** Enough turns of the event loop for everything that waits for no more than one another. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
