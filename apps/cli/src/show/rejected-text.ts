import type { NotAsked } from '../entities.ts';
import { failureJson } from '../result.ts';
import { red } from '../text/paint.ts';
import type { Writer } from '../writer.ts';

/** What was given and is no entity. The message names it. */
export function showRejected(err: Writer, { failure }: NotAsked): void {
  err.line(red('error: '), failure.message);
  err.line('next: ', failure.next);
}

export function rejectedJson({ input, failure, exitCode }: NotAsked): { readonly [member: string]: unknown } {
  return { input, exitCode, error: failureJson(failure) };
}
