export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** An instant as the admin API, messages and Azure write it. */
export function iso(instantMs: number): string {
  return new Date(instantMs).toISOString();
}

/** The same of what may not have happened. */
export function isoOrNull(instantMs: number | null): string | null {
  return instantMs === null ? null : iso(instantMs);
}
