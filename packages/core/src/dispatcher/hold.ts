import { LockdownError } from '../failure.ts';
import type { Progress } from './types.ts';

/** The incident of a request that names none. */
export const defaultIncident = 'default';

/** Success is told only to somebody whose hold is in the record that says so. Throws LockdownError where it was dropped meanwhile. */
export function withHoldOf(incident: string, progress: Progress): Progress {
  const { state, holds, entity } = progress.record;
  if (state !== 'contained' || Object.hasOwn(holds, incident)) return progress;
  throw new LockdownError('failed', {
    code: 'hold-dropped',
    message: `${entity.arn}: the hold of incident ${incident} was released by somebody else meanwhile.`,
    next: 'Ask who released it; contain again if it must stay contained.',
    transient: false,
  });
}
