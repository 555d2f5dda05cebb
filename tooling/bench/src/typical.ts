/** Of many times, in milliseconds: the one in the middle, and the fastest. */
export interface Typical {
  readonly median: number;
  readonly least: number;
}

export function typical(times: readonly number[]): Typical {
  const sorted = times.toSorted((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN, least: sorted[0] ?? Number.NaN };
}
