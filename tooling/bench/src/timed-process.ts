import { spawn } from 'node:child_process';
import { standIn } from './stand-in.ts';

/** Milliseconds from the start of a process until its first call to a service, by service, and until its end. */
export interface Times {
  readonly calls: ReadonlyMap<string, number>;
  readonly end: number;
}

export interface TimedProcess {
  readonly program: string;
  readonly args: readonly string[];
  /** Of the process, which has nothing else of this one's; by the URL of what stands in for AWS. */
  readonly env: (url: string) => { readonly [name: string]: string };
  /** A call to one of these services is not answered: it ends the process. Without any, the process ends by itself. */
  readonly last: readonly string[];
}

/** Runs a process with what stands in for AWS. Throws where it does not come as far as it should. */
export async function timesOf({ program, args, env, last }: TimedProcess): Promise<Times> {
  const calls = new Map<string, number>();
  let began = Number.NaN;
  const aws = await standIn((service) => {
    if (!calls.has(service)) calls.set(service, performance.now() - began);
    if (last.includes(service)) child.kill('SIGKILL');
  });
  began = performance.now();
  const child = spawn(program, args, { env: env(aws.url), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes));
  const status = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve));
  const end = performance.now() - began;
  aws.stop();
  const isDone = last.length === 0 ? status === 0 : last.some((service) => calls.has(service));
  if (!isDone)
    throw new Error(`${program} ${args.join(' ')} ended with ${status}, after calls to ${[...calls.keys()]}: ${output}`);
  return { calls, end };
}
