/**
 * Text of others in a mail: on one line, without characters that hide or move text, short, and with no address that a mail program makes
 * a link of.
 */
export function plain(text: string, longest = 600): string {
  const line = text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/[\p{Cf}\p{Cs}]/gu, '\u{fffd}')
    .replaceAll('://', '[:]//')
    .replaceAll(/\bwww\./gi, 'www[.]');
  return cut(line, longest);
}

/** Cut between characters, never within one. */
function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const characters = Array.from(text.slice(0, longest));
  return `${characters.slice(0, -1).join('')}...`;
}

/**
 * A subject that SNS takes: ASCII, no line breaks, at most 100 characters, beginning with a letter, a number or a mark.
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function subjectOf(...words: readonly string[]): string {
  const text = words.filter((word) => word !== '').join(' ');
  const ascii = text.replaceAll(/[^\x20-\x7e]/g, '?').trim();
  return ascii.length <= 100 ? ascii : `${ascii.slice(0, 97)}...`;
}

/** As many items as a person reads; the rest is counted. */
export function listed(items: readonly string[], most = 25): readonly string[] {
  const shown = items.slice(0, most).map((item) => `  - ${item}`);
  return items.length > most ? [...shown, `  - and ${items.length - most} more`] : shown;
}

/** A headed part of a body; nothing where it has no lines. */
export function part(heading: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', heading, ...lines];
}

/**
 * SNS takes 256 KiB with the attributes, and a unit of a text takes up to three bytes. Lists are short enough that no body is cut before
 * its commands: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
const longestBody = 75_000;

export function bodyOf(lines: readonly string[]): string {
  const text = `${lines.join('\n')}\n`;
  return text.length <= longestBody ? text : `${text.slice(0, longestBody).replace(/[^\n]*$/, '')}...\n`;
}
