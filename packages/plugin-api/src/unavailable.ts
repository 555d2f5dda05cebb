const marker = 'entity-lockdown.unavailable';

/**
 * The error to throw from a setting's `write` where AWS will not take the change for want of room (a quota), so that the change's
 * `else` is made instead. The message says which quota.
 */
export function unavailable(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { $$type: marker });
}

/** Whether an error says that a change cannot be made for want of room. */
export function isUnavailable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { $$type?: unknown }).$$type === marker;
}
