// Control characters, marks that turn the direction of text, and invisible ones: each can make a mail say what it does not say.
const deceptive = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const allDeceptive = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;
const whiteSpace = /\s+/gu;

/** Whether a text has nothing in it that hides or moves text. */
export function isPlain(text: string): boolean {
  return !deceptive.test(text);
}

/** A text of others as it may be shown: one line, without characters that hide or move text, and not longer than `most`. */
export function shownText(text: string, most: number): string {
  // Cut first: what is cut off need not be looked at. Four to one, since runs of white space become one space.
  const head = text.slice(0, most * 4);
  const plain = head.replace(whiteSpace, ' ').replace(allDeceptive, '\u{fffd}').trim();
  return plain.length > most || head.length < text.length ? `${plain.slice(0, most - 3).replace(/\p{Cs}$/u, '')}...` : plain;
}
