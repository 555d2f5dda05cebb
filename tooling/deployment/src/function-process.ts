import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface InvocationError {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** What an invocation came to: what the handler answered, or how it failed. */
export type Answer = { readonly result: unknown } | { readonly error: InvocationError };

export interface FunctionProcess {
  /** Ends the process where the time-out passes, as Lambda does. */
  invoke(event: unknown, time: number): Promise<Answer>;
  isRunning(): boolean;
  /** Kills it at once, whatever it does. */
  kill(): void;
}

export interface FunctionProcessOptions {
  readonly folder: string;
  readonly handler: string;
  readonly env: { readonly [name: string]: string };
  readonly memorySize: number;
  readonly timeoutSeconds: number;
  /** How long a second of the time-out takes, in milliseconds. */
  readonly second: number;
  readonly context: object;
  readonly onOutput: (text: string) => void;
}

const runtime = fileURLToPath(new URL('runtime.mjs', import.meta.url));

/** A process with what the function's configuration says, and nothing else of this one's environment. */
export function startFunction(options: FunctionProcessOptions): FunctionProcess {
  const child: ChildProcess = spawn(
    process.execPath,
    [`--max-old-space-size=${options.memorySize}`, runtime, options.folder, options.handler],
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...options.env }, serialization: 'json' },
  );
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => options.onOutput(bytes.toString()));
  const ready = new Promise<void>((resolve) => child.once('message', () => resolve()));
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  let last = 0;

  return {
    isRunning,
    kill: () => void child.kill('SIGKILL'),
    async invoke(event, time) {
      await ready;
      const id = ++last;
      return new Promise<Answer>((resolve) => {
        const most = options.timeoutSeconds * options.second;
        const timer = setTimeout(() => {
          child.kill('SIGKILL');
          done({
            error: { errorType: 'Sandbox.Timedout', errorMessage: `Task timed out after ${options.timeoutSeconds}.00 seconds` },
          });
        }, most);
        const onMessage = (message: { readonly id: number } & Answer): void => {
          if (message.id === id) done(message);
        };
        const onExit = (): void => done({ error: { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited' } });
        function done(answer: Answer): void {
          clearTimeout(timer);
          child.off('message', onMessage);
          child.off('exit', onExit);
          resolve(answer);
        }
        child.on('message', onMessage);
        child.on('exit', onExit);
        child.send({ id, event, time, deadline: Date.now() + most, second: options.second, context: options.context });
      });
    },
  };
}
