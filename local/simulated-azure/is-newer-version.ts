/**
 * Whether `asked` is a well-formed api-version, such as `2026-09-15` or `2026-09-15-preview`, of a later day than
 * `newest`. Such a one is answered as the newest that is known, so that a client of tomorrow is served today.
 */
export function isNewerVersion(asked: string, newest: string): boolean {
  const [, day = ''] = /^(\d{4}-\d{2}-\d{2})(-[a-z]+)?$/.exec(asked) ?? [];
  const atMs = Date.parse(`${day}T00:00:00Z`);
  const isDay = !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(day);
  return isDay && day > newest.slice(0, 10);
}
