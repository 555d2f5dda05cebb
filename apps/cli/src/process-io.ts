import { type Io, type Out, sleepUntil } from './io.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface ProcessIo extends Io {
  /** Resolves when all that was written to stdout is written: with what went wrong, if anything did. */
  flushed(): Promise<NodeJS.ErrnoException | undefined>;
}

/** The process that this is. */
export function processIo(): ProcessIo {
  const failure = firstFailureOf(process.stdout);
  firstFailureOf(process.stderr);
  return {
    stdout: outOf(process.stdout),
    stderr: outOf(process.stderr),
    flushed: async () => {
      // The callback of a write comes after those of all writes before it.
      await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
      return failure();
    },
    canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
    env: process.env,
    clock: { now: () => Date.now() },
    sleep: sleepUntil,
    onInterrupt(listener) {
      // SIGHUP too: a connection that was lost with the terminal is no reason to leave an instance open.
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
    async confirm(question) {
      const { confirm, isCancel } = await import('@clack/prompts');
      // On stderr: stdout has the result and nothing else.
      const answer = await confirm({ message: question, initialValue: false, output: process.stderr });
      return isCancel(answer) ? undefined : answer;
    },
    async code(question) {
      const { isCancel, password } = await import('@clack/prompts');
      const answer = await password({ message: question, output: process.stderr });
      return isCancel(answer) ? undefined : answer;
    },
  };
}

/**
 * Listens to what goes wrong with a stream: nothing of that ends a containment that is under way. That nobody reads any more, as with
 * `| head`, is no failure.
 */
function firstFailureOf(stream: NodeJS.WriteStream): () => NodeJS.ErrnoException | undefined {
  let first: NodeJS.ErrnoException | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    first ??= error;
  });
  return () => (first?.code === 'EPIPE' ? undefined : first);
}

function outOf(stream: NodeJS.WriteStream): Out {
  return {
    write: (text) => {
      stream.write(text);
    },
    isTTY: stream.isTTY === true,
    ...(stream.columns !== undefined && { columns: stream.columns }),
  };
}
