/** A row of the runbook: words that Keyturn gives as a state, reason or code, and what to do. */
export interface Entry {
  readonly words: readonly string[];
  /** What Keyturn says of it, if the table has a column for that. */
  readonly advice: readonly string[];
}

export interface Section {
  readonly title: string;
  readonly intro: string;
  readonly entries: readonly Entry[];
}

/**
 * The runbook as docs/reasons.md has it: a section a heading, an entry a row of its tables. A word of `code` in a row's first cell
 * is a word of the entry.
 */
export function parseRunbook(page: string): readonly Section[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((text) => {
      const [title = '', ...lines] = text.split('\n');
      const rows = lines.filter((line) => line.startsWith('|')).slice(2);
      const intro = lines
        .slice(
          0,
          lines.findIndex((line) => line.startsWith('|')),
        )
        .join(' ');
      return { title, intro: intro.trim(), entries: rows.map(entryOf) };
    });
}

function entryOf(row: string): Entry {
  const [first = '', ...advice] = row
    .replace(/^\|\s*|\s*\|$/g, '')
    .split(/\s+\|\s+/)
    .map((cell) => cell.trim());
  return { words: [...first.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word), advice };
}

/** What the runbook says of a word, by section: some words stand in more than one. */
export function entriesFor(
  word: string,
  runbook: readonly Section[],
): readonly (Entry & { readonly section: string })[] {
  return runbook.flatMap(({ title, entries }) =>
    entries.filter(({ words }) => words.includes(word)).map((entry) => ({ ...entry, section: title })),
  );
}

/** A piece of a sentence of the page: links to other pages are only their text, as the app does not serve those. */
export type Piece = { readonly kind: 'text' | 'code' | 'em'; readonly text: string };

export function piecesOf(sentence: string): readonly Piece[] {
  const plain = sentence.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  return plain.split(/(`[^`]+`|\*\*?[^*]+\*\*?)/).flatMap((part): Piece[] => {
    if (part === '') return [];
    if (part.startsWith('`')) return [{ kind: 'code', text: part.slice(1, -1) }];
    return part.startsWith('*') && part.endsWith('*') && part.length > 2
      ? [{ kind: 'em', text: part.replaceAll('*', '') }]
      : [{ kind: 'text', text: part }];
  });
}
