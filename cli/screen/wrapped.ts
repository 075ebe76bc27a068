/** What is printed fits a terminal of this many columns. */
export const columns = 60;

/** The text in lines of at most `width` columns: broken only between words, the rest of a line indented as the line is, or by `indent`. */
export function wrapped(text: string, indent?: number, width = columns): string {
  return text
    .split('\n')
    .flatMap((line) => wrappedLine(line, indent ?? line.length - line.trimStart().length, width))
    .join('\n');
}

function wrappedLine(line: string, indent: number, width: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const last = rest.lastIndexOf(' ', width);
    // A path may be longer than a line: it stays in one piece.
    const at = rest.slice(0, Math.max(0, last)).trim() === '' ? rest.indexOf(' ', width) : last;
    if (at === -1) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = `${' '.repeat(indent)}${rest.slice(at).trimStart()}`;
  }
  return [...lines, rest];
}
