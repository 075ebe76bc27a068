const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `40 s`, `12 min`, `5 h`, `59 d`: the unit in which it is at least two, rounded down. */
export function spanText(ms: number): string {
  const span = Math.abs(ms);
  if (span < 2 * minuteMs) return `${Math.floor(span / 1000)} s`;
  if (span < 2 * hourMs) return `${Math.floor(span / minuteMs)} min`;
  return span < 2 * dayMs ? `${Math.floor(span / hourMs)} h` : `${Math.floor(span / dayMs)} d`;
}

/** `in 59 d`, `now` or `3 h ago`; a dash for null. @param instant ISO 8601 */
export function whenText(instant: string | null, nowMs: number): string {
  if (instant === null) return '-';
  const aheadMs = Date.parse(instant) - nowMs;
  if (Math.abs(aheadMs) < 1000) return 'now';
  return aheadMs >= 0 ? `in ${spanText(aheadMs)}` : `${spanText(aheadMs)} ago`;
}

/** `2027-01-29 18:16:20Z (in 59 d)`. */
export function instantText(instant: string, nowMs: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')}Z (${whenText(instant, nowMs)})`;
}

const units = { s: 1000, m: minuteMs, h: hourMs, d: dayMs, w: 7 * dayMs } as const;

/** Milliseconds of `90d`, `12h`, `30m`, `45s` or `2w`; null if it is none. */
export function spanMs(text: string): number | null {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  return count === '' ? null : Number(count) * units[unit as keyof typeof units];
}
