import { dayMs, minuteMs } from './time.ts';

/** No retry comes later, whatever a service asked for: a used-up quota asks for days, and may be raised in an hour. */
export const longestRetryMs = 15 * 60_000;

/** Pauses that grow with each try in vain, named after what is tried. `growth`: how much longer the next one is. */
const schedules = {
  rotation: { firstMs: 2_000, growth: 2, mostMs: longestRetryMs },
  /** Roles spread within minutes: worth asking for often. */
  access: { firstMs: 2_000, growth: 2, mostMs: minuteMs / 2 },
  keyless: { firstMs: 2_000, growth: 2, mostMs: minuteMs },
  /** What Azure makes in a network takes minutes. */
  network: { firstMs: 15_000, growth: 1.2, mostMs: longestRetryMs },
  /** Each try costs calls through the private path. */
  'private-path': { firstMs: 15_000, growth: 1.35, mostMs: longestRetryMs },
  /** A message to people, whose receiver may be down for a day. */
  notification: { firstMs: minuteMs, growth: 2, mostMs: 60 * minuteMs },
} as const;

/**
 * How long to rest after `attempts` failures in a row: exponential with full jitter on its upper half, so that many
 * do not return at once. A pause that the service named is never undercut; how much of it is believed, `retryPauseMs` says.
 * @param random a number in [0, 1); 1 if only one comes
 * @param askedMs what the service asked for, or null
 */
export function backoffMs(
  schedule: keyof typeof schedules,
  attempts: number,
  random: number,
  askedMs: number | null = null,
): number {
  const { firstMs, growth, mostMs } = schedules[schedule];
  const fullMs = Math.min(firstMs * growth ** Math.max(0, attempts - 1), mostMs);
  return Math.max(fullMs / 2 + (random * fullMs) / 2, askedMs ?? 0);
}

/** What makes no progress makes 300 calls to Azure in a day at most: these, the try under way and a last look. */
const callsPerDay = 280;

/** So many of them may follow each other as fast as the pauses allow; the others are spread. */
export const freeCalls = 80;

/** The same while a new key spreads, which takes minutes: at two calls a try and six seconds a pause they last for eleven. */
export const freeCallsOfSpreading = 220;

/** Since when something makes no progress, and how many calls to Azure its tries have cost. */
export interface Retrying {
  readonly sinceMs: number;
  readonly calls: number;
}

/**
 * How long to rest before the next try: what was asked, at most `mostMs`; longer if the calls of a day would not last; and
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
