/** Numbers from 0 up to 1 that are the same in every run. */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Random characters of `a-z0-9` that are the same in every run: what a ledger makes its ids of. */
export function seededRandom(seed: number): (length: number) => string {
  const next = seededNumbers(seed);
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return (length) => Array.from({ length }, () => alphabet[Math.floor(next() * alphabet.length)]).join('');
}
