import type { Failure } from '@entity-lockdown/core';
import { red } from '../text/paint.ts';
import type { Writer } from '../writer.ts';

/** What went wrong, what had been done by then, and what to do next. */
export function showFailure(out: Writer, { message, next, done }: Failure): void {
  out.paragraph(red('  error: '), message);
  if (done !== undefined && done.length > 0) out.paragraph('  done:  ', done.join('; '));
  out.paragraph('  next:  ', next);
}
