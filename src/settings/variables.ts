/** The environment, or a test's: names and texts. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The parts of a list, with commas, semicolons or blanks between them. */
export function partsOf(list = ''): string[] {
  return list.split(/[\s,;]+/).filter((part) => part !== '');
}
