import { stripVTControlCharacters } from 'node:util';
import { findSecret } from './find.ts';
import { searchPieces } from './search-pieces.ts';

/** Searches whatever is printed from now on, by reporters, by workers, and by processes that share their streams. */
export function searchOutput(streams: readonly NodeJS.WritableStream[]): { readonly found: string[]; pieces: number } {
  const result = { found: [] as string[], pieces: 0 };
  for (const stream of streams) {
    const search = searchPieces((text) => {
      const found = findSecret(text);
      if (found !== undefined) result.found.push(`the output of the run: ${found}`);
    });
    const write = stream.write.bind(stream) as (...all: readonly unknown[]) => boolean;
    stream.write = (piece: string | Uint8Array, ...more: readonly unknown[]) => {
      result.pieces += 1;
      // Colours may stand in the midst of a secret.
      search(stripVTControlCharacters(typeof piece === 'string' ? piece : Buffer.from(piece).toString('latin1')));
      return write(piece, ...more);
    };
  }
  return result;
}
