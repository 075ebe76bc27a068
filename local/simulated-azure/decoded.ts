/** A percent-encoded text in plain; one that is malformed stands for itself, so that no service fails on it. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
