export type { ExitCode } from './exit-code.ts';
export { type Io, type Out, sleepUntil } from './io.ts';
export { run } from './run.ts';
