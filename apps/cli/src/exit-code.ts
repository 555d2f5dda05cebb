/**
 * How a command ends.
 *
 * - 0: done, and verified by reading back
 * - 1: partial, or failed
 * - 2: wrong usage or input; nothing touched
 * - 3: refused, by a guardrail or by the person asked; nothing touched
 * - 4: released but for drift, or what others still hold
 * - 130: interrupted
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 130;

/** From good to bad. What 3 says of "nothing touched" holds for the entity that ended so. */
const severity: readonly ExitCode[] = [0, 4, 2, 3, 1, 130];

/**
 * The worst of several: that of the command, where it was about several entities. A command ends with 2 only if it has touched nothing
 * at all: beside something that was done, it is done in part.
 */
export function worst(codes: readonly ExitCode[]): ExitCode {
  const found = severity.findLast((code) => codes.includes(code)) ?? 0;
  return found === 2 && codes.some((code) => code !== 2) ? 1 : found;
}
