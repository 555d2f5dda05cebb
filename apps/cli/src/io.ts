import type { Clock, CreateClient, Registry } from '@entity-lockdown/core';

/** A stream that a command writes to. */
export interface Out {
  write(text: string): void;
  readonly isTTY: boolean;
  /** The width of the terminal in characters, where it is one. */
  readonly columns?: number;
}

/** Variables of the environment. */
export type Env = { readonly [name: string]: string | undefined };

/** All that a command knows of the process that it runs in. */
export interface Io {
  readonly stdout: Out;
  readonly stderr: Out;
  /** Whether somebody can answer a question. */
  readonly canAsk: boolean;
  readonly env: Env;
  readonly clock: Clock;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls the listener each time that somebody wants the process to end; answers what stops that. */
  onInterrupt(listener: () => void): () => void;
  /** Asks yes or no. Undefined where the person broke off. */
  confirm(question: string): Promise<boolean | undefined>;
  /** Asks for a code, which is not shown while it is typed. Undefined where the person broke off. */
  code(question: string): Promise<string | undefined>;
  /** Serves AWS from elsewhere: for the sandbox and for tests. */
  readonly createClient?: CreateClient;
  /** Plugins that are there already, in place of those that would be discovered. */
  readonly registry?: Registry;
  /** This account's folders, where they are not to be asked of the system. */
  readonly folders?: { readonly data: string; readonly config: string };
}

/** A sleep that ends early when the signal is aborted. */
export function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
