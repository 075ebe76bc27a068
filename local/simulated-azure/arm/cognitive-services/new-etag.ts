/** A new etag as the provider makes them: quoted, and the last part holds the second in which it was made. */
export function newEtag(nowMs: number): string {
  const random = crypto.randomUUID().slice(0, 8);
  return `"${random}-0000-0100-0000-${Math.floor(nowMs / 1000).toString(16)}0000"`;
}
