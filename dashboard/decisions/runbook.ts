/** A row of the runbook: words that Keyturn gives as a state, reason or code, and what to do. */
export interface Entry {
  readonly words: readonly string[];
  /** What Keyturn says of it, if the table has a column for that. */
  readonly advice: readonly string[];
  /** What the last column is called: `what to do`, `what happens`, `meaning`. */
  readonly about: string;
}

export interface Section {
  readonly title: string;
  readonly intro: string;
  readonly entries: readonly Entry[];
}

/** What the first column of a table is called, if its rows explain words. */
const columnsOfWords: ReadonlySet<string> = new Set(['word', 'reason', 'risk', 'code', 'gap', 'finding']);

/**
 * A page of the docs as a part of the runbook: a section a heading, an entry a row of its tables that explain words. A word of `code`
 * in a row's first cell is a word of the entry.
 * @param title what its sections are about, before their own titles
 */
export function parseRunbook(page: string, title = ''): readonly Section[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((text) => {
      const [heading = '', ...lines] = text.trim().split('\n');
      const paragraphs = lines.join('\n').trim().split(/\n\n+/);
      const tables = paragraphs.filter((part) => part.startsWith('|'));
      const before = paragraphs.slice(
        0,
        paragraphs.findIndex((part) => part.startsWith('|')),
      );
      // A page that also tells how a thing is done says more there than what a table is about.
      const intro = title === '' ? before.join(' ').replaceAll('\n', ' ') : '';
      return { title: title === '' ? heading : `${title}: ${heading}`, intro, entries: tables.flatMap(entriesIn) };
    })
    .filter(({ entries }) => entries.length > 0);
}

function entriesIn(table: string): readonly Entry[] {
  const [head = [], , ...rows] = table.split('\n').map(cellsOf);
  if (!columnsOfWords.has(head[0] ?? '')) return [];
  return rows.map(([first = '', ...cells]) => ({
    words: [...first.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word),
    advice: cells.map((cell, index) => (head[index + 1] === 'level' ? `Level: ${cell}.` : cell)),
    about: head.at(-1) ?? '',
  }));
}

function cellsOf(row: string): readonly string[] {
  return row
    .replace(/^\|\s*|\s*\|$/g, '')
    .split(/\s+\|\s+/)
    .map((cell) => cell.trim());
}

/** What the runbook says of a word, by section: some words stand in more than one. */
export function entriesFor(
  word: string,
  runbook: readonly Section[],
): readonly (Entry & { readonly section: string })[] {
  return runbook.flatMap(({ title, entries }) =>
    entries
      .filter(({ words }) => words.some((one) => stands(one, word)))
      .map((entry) => ({ ...entry, section: title })),
  );
}

/** Whether a word of the runbook is the one asked for: `copy-<name>` is the word of each copy. */
function stands(one: string, word: string): boolean {
  const [before = '', after] = one.split(/<\w+>/);
  return after === undefined ? one === word : word.startsWith(before) && word.endsWith(after);
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
