/** Longer than a planted secret's mark, in base 64 too. */
const overlap = 64;

/** Hands on each piece of a stream with the end of what came before it: a secret may be cut in two. */
export function searchPieces(search: (text: string) => void): (piece: string) => void {
  let before = '';
  return (piece) => {
    const text = before + piece;
    search(text);
    before = text.slice(-overlap);
  };
}
