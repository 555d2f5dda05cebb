import { type Io, type Out, sleepUntil } from './io.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The process that this is. */
export function processIo(): Io {
  return {
    stdout: outOf(process.stdout),
    stderr: outOf(process.stderr),
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

function outOf(stream: NodeJS.WriteStream): Out {
  // Nobody reads it any more (`| head`, a lost terminal): a containment that is under way goes on all the same.
  stream.on('error', () => {});
  return {
    write: (text) => {
      stream.write(text);
    },
    isTTY: stream.isTTY === true,
    ...(stream.columns !== undefined && { columns: stream.columns }),
  };
}
