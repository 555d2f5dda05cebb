import type { Env, Out } from './io.ts';
import { type Piece, painted, wantsColours } from './text/paint.ts';
import { wrap } from './text/wrap.ts';

/** Writes lines for people. */
export interface Writer {
  line(...pieces: readonly Piece[]): void;
  /** A text that is broken to the width of the terminal: the first line after `lead`, the others below its end. */
  paragraph(lead: Piece, text: string): void;
  /** Text as it is: for machines. */
  raw(text: string): void;
  /** A line that stays last, and is replaced by the next; nothing where the stream is no terminal. */
  status(text: string): void;
}

const defaultWidth = 80;
const widest = 110;

export function createWriter(out: Out, env: Env, secrets: readonly string[] = []): Writer {
  const colours = wantsColours(out, env);
  // A terminal that does not know its width says 0.
  const width = Math.min(out.columns || defaultWidth, widest);
  let hasStatus = false;

  function put(text: string): void {
    if (hasStatus) out.write('\r\u001b[K');
    hasStatus = false;
    out.write(withoutSecrets(text, secrets));
  }

  return {
    line: (...pieces) => put(`${painted(pieces, colours)}\n`),
    paragraph(lead, text) {
      const indent = (typeof lead === 'string' ? lead : lead.text).length;
      for (const [index, line] of wrap(text, Math.max(width - indent, 20)).entries())
        put(`${painted([index === 0 ? lead : ' '.repeat(indent), line], colours)}\n`);
    },
    raw: (text) => put(text),
    status(text) {
      if (!out.isTTY || (text === '' && !hasStatus)) return;
      out.write(`\r\u001b[K${painted([text.slice(0, width - 1)], false)}`);
      hasStatus = text !== '';
    },
  };
}

/** Whatever a message was made of: a secret that this process was given is in none. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((cleaned, secret) => (secret === '' ? cleaned : cleaned.replaceAll(secret, '(external id)')), text);
}
