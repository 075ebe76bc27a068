import type { Counts } from './consumer-messages.ts';

/** `1,234 requests, 0 failed`, or how many and with what: `3 failed (401: 2, TimeoutError: 1)`. */
export function countsText(counts: Counts): string {
  return `${counts.sent.toLocaleString('en-US')} requests, ${failuresText(counts)}`;
}

export function failuresText(counts: Counts): string {
  const total = failedIn(counts);
  const each = Object.entries(counts.failures).map(([status, count]) => `${status}: ${count}`);
  return total === 0 ? '0 failed' : `${total} failed (${each.join(', ')})`;
}

export function failedIn({ failures }: Counts): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}
