/** `KEYTURN_SEARCH=whole`, as each night: tests try every row. For a push they try some of what is alike, or it would take a quarter of an hour. */
export const isWhole = process.env.KEYTURN_SEARCH === 'whole';

/** Every row, or for a push the first of each `each`. */
export function tried<T>(rows: readonly T[], each: number): readonly T[] {
  return isWhole ? rows : rows.filter((_, at) => at % each === 0);
}

/** The same of rows that are alike, and every row that `isOwn`: none of these stands for another. */
export function triedBeside<T>(rows: readonly T[], each: number, isOwn: (row: T) => boolean): readonly T[] {
  return isWhole ? rows : rows.filter((row, at) => isOwn(row) || at % each === 0);
}

/** A regular expression that fits these texts and no other. */
export function exactly(texts: readonly string[]): string {
  return `^(${texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`;
}
