/** A clock that stands still until it is turned. */
export interface TestClock {
  /** Milliseconds since the epoch. */
  now(): number;
  turn(ms: number): void;
}

export function testClock(start: number = Date.parse('2026-11-02T03:04:05Z')): TestClock {
  let now = start;
  return {
    now: () => now,
    turn(ms) {
      now += ms;
    },
  };
}
