/** An instant with the seven decimals that .NET services write. */
export function timestamp(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '0000Z');
}

/** An instant in whole seconds, as operation statuses show it. */
export function timestampSeconds(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
