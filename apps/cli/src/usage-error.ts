import { LockdownError } from '@entity-lockdown/core';

/** A command that was given wrongly: nothing has been touched. */
export function usageError(message: string, next: string, code = 'usage'): LockdownError {
  return new LockdownError('invalid', { code, message, next, transient: false });
}
