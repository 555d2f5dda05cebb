import type { Warning } from '@entity-lockdown/plugin-api';
import { yellow } from '../text/paint.ts';
import type { Writer } from '../writer.ts';

/** What containment does not stop. */
export function showWarnings(out: Writer, warnings: readonly Warning[]): void {
  if (warnings.length === 0) return;
  out.line('  What this does not stop:');
  for (const { text, gap } of warnings) out.paragraph(gap === true ? yellow('  ! open: ') : '  - ', text);
}
