/** Whether an event is that of the schedule. */
export function isSweep(event: unknown): boolean {
  const { source, 'detail-type': type } = (event ?? {}) as { readonly source?: unknown; readonly 'detail-type'?: unknown };
  return source === 'entity-lockdown' && type === 'Sweep';
}
