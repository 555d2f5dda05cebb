/** A process that may end before any of its calls, to AWS or to the ledger. */
export interface Life {
  /** Asked before each call. Never settles once the process has ended: nothing of it runs any further. */
  step(what: string): Promise<void>;
  /** What the process has called so far, in order. */
  readonly steps: readonly string[];
  /** Resolves when the process has ended, with the call that it did not come to make. */
  readonly ended: Promise<string>;
}

/** @param calls how many calls the process makes before it ends */
export function lifeOf(calls: number): Life {
  const steps: string[] = [];
  let end: (before: string) => void = () => {};
  let isOver = false;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  return {
    steps,
    ended,
    step(what) {
      if (isOver) return new Promise(() => {});
      if (steps.length >= calls) {
        isOver = true;
        end(what);
        return new Promise(() => {});
      }
      steps.push(what);
      return Promise.resolve();
    },
  };
}

/** Runs something in a process: answers its result, or which call the process ended before. */
export async function untilEnd<T>(
  life: Life,
  run: () => Promise<T>,
): Promise<{ readonly result: T } | { readonly before: string }> {
  return await Promise.race([run().then((result) => ({ result })), life.ended.then((before) => ({ before }))]);
}
