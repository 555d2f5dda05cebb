import { secretMark } from '../../../../packages/sandbox/src/secrets.ts';

// Base 64 turns three bytes into four characters: what a text becomes depends on where it begins. Whole characters of the mark alone.
const inBase64 = [0, 1, 2].map((before) => {
  const bits = { from: before * 8, to: (before + secretMark.length) * 8 };
  const encoded = Buffer.from(' '.repeat(before) + secretMark).toString('base64');
  return encoded.slice(Math.ceil(bits.from / 6), Math.floor(bits.to / 6));
});
const forms: readonly string[] = [secretMark, ...inBase64];

/** What stands around a planted secret in a text, without the secret itself; undefined where there is none. */
export function findSecret(text: string): string | undefined {
  for (const form of forms) {
    const at = text.indexOf(form);
    if (at >= 0) return `${text.slice(Math.max(0, at - 120), at)}<a planted secret>`;
  }
  return undefined;
}
