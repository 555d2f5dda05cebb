/**
 * A text as one word of a command that is shown to be copied. The path of an IAM role may hold any printable character
 * (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html), and whoever names it so would have it run.
 */
export function shellWord(text: string): string {
  return /^[\w:/.@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
