import { LockdownError } from '@entity-lockdown/core';

/** A command that was given wrongly: nothing has been touched. */
export function usageError(message: string, next: string): LockdownError {
  return new LockdownError('invalid', { code: 'usage', message, next, transient: false });
}
