import pico from 'picocolors';
import type { Env } from '../io.ts';
import { printable } from './printable.ts';

export type Style = 'plain' | 'bold' | 'dim' | 'red' | 'green' | 'yellow';

/** A part of a line: plain text, or text with a style. */
export type Piece = string | { readonly text: string; readonly style: Style };

export const bold = (text: string): Piece => ({ text, style: 'bold' });
export const dim = (text: string): Piece => ({ text, style: 'dim' });
export const red = (text: string): Piece => ({ text, style: 'red' });
export const green = (text: string): Piece => ({ text, style: 'green' });
export const yellow = (text: string): Piece => ({ text, style: 'yellow' });

/** Makes a line of its pieces. Whatever a piece was made of, only our own colours are control characters in the result. */
export function painted(pieces: readonly Piece[], colours: boolean): string {
  const colour = pico.createColors(colours);
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return printable(piece);
      const text = printable(piece.text);
      return piece.style === 'plain' ? text : colour[piece.style](text);
    })
    .join('');
}

/**
 * Whether to write in colours. https://no-color.org; FORCE_COLOR as Node.js reads it
 * (https://nodejs.org/api/tty.html#writestreamgetcolordepthenv).
 */
export function wantsColours(stream: { readonly isTTY: boolean }, env: Env): boolean {
  if ((env.NO_COLOR ?? '') !== '') return false;
  const { FORCE_COLOR: force } = env;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return stream.isTTY && env.TERM !== 'dumb';
}
