import { longestRetryMs } from '../shared/retry-pace.ts';

/** First pause after a failure; doubles with each further one. */
const firstPauseMs = 2_000;

/**
 * How long to rest after `attempts` failures in a row: exponential with full jitter on its upper half, so that many
 * accounts do not return at once. A pause that the service named is never undercut; how much of it is believed, `paceRetry` says.
 * @param random a number in [0, 1)
 * @param retryAfterMs what the service asked for, or null
 */
export function backoffMs(attempts: number, random: number, retryAfterMs: number | null): number {
  const fullMs = Math.min(firstPauseMs * 2 ** Math.max(0, attempts - 1), longestRetryMs);
  return Math.max(fullMs / 2 + (random * fullMs) / 2, retryAfterMs ?? 0);
}
