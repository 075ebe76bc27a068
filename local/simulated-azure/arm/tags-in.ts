/** The tags of a request body; anything that is not text is left out. */
export function tagsIn(body: Readonly<Record<string, unknown>>): Record<string, string> {
  const { tags } = body;
  if (typeof tags !== 'object' || tags === null) return {};
  return Object.fromEntries(
    Object.entries(tags).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
