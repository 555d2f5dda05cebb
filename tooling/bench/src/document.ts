const begin = '<!-- Figures: written by `pnpm bench`. -->';
const end = '<!-- End of the figures. -->';

/** A document with the figures between its two marks replaced. Throws where a mark is missing. */
export function withFigures(document: string, figures: string): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from === -1 || to < from) throw new Error(`the document needs the lines ${begin} and ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${figures}\n\n${document.slice(to)}`;
}
