import type { ProbeAnswer } from './ports.ts';

/** How long an answer asks its caller to wait; null: it does not say. */
export function askedPauseMs(answer: ProbeAnswer): number | null {
  return answer.kind === 'unknown' ? (answer.retryAfterMs ?? null) : null;
}
