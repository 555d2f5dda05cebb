/** The key that a stepping process writes. */
export const killedKey = 'open/killed';

/** What the key holds after a step of a stepping process; undefined where that step deletes it. */
export function bodyAfter(step: number): string | undefined {
  return step % 4 === 0 ? undefined : JSON.stringify({ step, filler: 'x'.repeat((step * 997) % 20_000) });
}
