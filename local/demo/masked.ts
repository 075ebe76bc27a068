/** `****` and the last four characters of a key: all of it that is ever shown. */
export function masked(key: string): string {
  return `****${key.slice(-4)}`;
}
