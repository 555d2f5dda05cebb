import { createHash, timingSafeEqual } from 'node:crypto';

/** What shows that a message is from somebody who may ask. Two, so that it can be changed while messages are on their way. */
export interface Secret {
  readonly current: string;
  /** The one before: valid until everybody has the current one. */
  readonly previous?: string;
}

/** What stands where the secret stood. */
export const hidden = '[hidden]';

/**
 * Whether a value is the secret, current or previous. Always compared with both, as hashes of one length: how long it takes tells neither
 * which one it was, nor how long they are, nor how many characters were right.
 */
export function isSecret(given: unknown, secret: Secret): boolean {
  const text = typeof given === 'string' ? given : '';
  const digest = hash(text);
  const current = timingSafeEqual(digest, hash(secret.current));
  const previous = timingSafeEqual(digest, hash(secret.previous ?? secret.current));
  // An empty text is nobody's secret, whatever was configured.
  return text !== '' && (current || previous);
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** All that must not be told: the secret, and whatever was given for it, since a wrong one may be somebody's password. */
export function hiding(secret: Secret | undefined, given: readonly unknown[]): readonly string[] {
  const values = [secret?.current, secret?.previous, ...given].filter((value) => typeof value === 'string' && value !== '');
  // The longest first: one may be a part of another.
  return [...new Set(values as string[])].toSorted((a, b) => b.length - a.length);
}

/** Whether a text has something in it that must not be told. */
export function tells(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => text.includes(secret));
}

/** A text without what must not be told. */
export function hide(text: string, secrets: readonly string[]): string {
  let rest = text;
  for (const secret of secrets) rest = rest.replaceAll(secret, hidden);
  // A secret that is a part of the word that stands for it, or that the replacing has put together.
  return tells(rest, secrets) ? '' : rest;
}
