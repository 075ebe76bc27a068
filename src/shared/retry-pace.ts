/** No retry comes later, whatever a service asked for: a used-up quota asks for days, and may be raised in an hour. */
export const longestRetryMs = 15 * 60_000;

/** What makes no progress makes 300 calls to Azure in a day at most: these, the try under way and a last look. */
const callsPerDay = 280;

/** So many of them may follow each other as fast as the pauses allow; the others are spread. */
export const freeCalls = 80;

/** The same while a new key spreads, which takes minutes: at two calls a try and six seconds a pause they last for eleven. */
export const freeCallsOfSpreading = 220;

const dayMs = 24 * 60 * 60_000;

/** Since when something makes no progress, and how many calls to Azure its tries have cost. */
export interface Retrying {
  readonly sinceMs: number;
  readonly calls: number;
}

/**
 * How long to rest before the next try: what was asked, at most `mostMs`; longer where the calls of a day would not last; and
 * never past `deadlineMs`, unless that is over.
 * @param cost calls of the next try
 * @param free how many calls are not spread
 */
export function retryPauseMs(
  askedMs: number,
  mostMs: number,
  { sinceMs, calls }: Retrying,
  cost: number,
  nowMs: number,
  deadlineMs: number,
  free = freeCalls,
): number {
  // What the first calls leave of the day's lasts until the deadline, or else the day.
  const spreadMs = Math.min(dayMs, Math.max(0, deadlineMs - sinceMs));
  const affordedAtMs = sinceMs + (spreadMs * Math.max(0, calls + cost - free)) / (callsPerDay - free);
  const pauseMs = Math.max(Math.min(askedMs, mostMs), affordedAtMs - nowMs);
  const leftMs = deadlineMs - nowMs;
  return leftMs > 0 ? Math.min(pauseMs, leftMs) : pauseMs;
}
