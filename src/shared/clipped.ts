/** So much of a text that anybody may have written goes into an answer or the log: enough to know it by, too short to flood either. */
const mostShown = 200;

/** `text`, cut to `mostShown` characters, the last of them `…` where something was cut; no character is cut in two. */
export function clipped(text: string): string {
  if (text.length <= mostShown) return text;
  return `${text.slice(0, mostShown - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** `text` in quotes, cut, for a sentence. */
export function quoted(text: string): string {
  return JSON.stringify(clipped(text));
}
