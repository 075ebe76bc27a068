import type { AzureAnswer } from '../azure-answer.ts';

/** Longer than any pause of a rate limit, which are seconds and minutes; a quota is renewed by the day or the month. */
const leastPauseOfQuotaMs = 60 * 60_000;

/** What the gateway says once the calls of a free tier are used up, as recorded and reported. */
const usedUp = /out of call volume quota|exceeded its free quota/i;

/**
 * Whether an endpoint refused a call since the account's quota is used up: 403 or 429 that says so, or asks for an hour or
 * more. It says nothing of a key or token.
 */
export function saysQuotaUsedUp({
  status,
  retryAfterMs,
  bodySays,
}: Pick<AzureAnswer, 'status' | 'retryAfterMs' | 'bodySays'>): boolean {
  return (status === 403 || status === 429) && (bodySays(usedUp) || (retryAfterMs ?? 0) >= leastPauseOfQuotaMs);
}
