import { wakeGraceMs } from '../../durable/numbers.ts';
import { minuteMs } from '../../shared/time.ts';

/** How late one start was counts for the others for so long: until the next sweep plans again. */
const countsForMs = 5 * minuteMs;
/** No start rests so long that the sweep takes its message for lost. */
const mostLateMs = wakeGraceMs - minuteMs / 2;
/** A shorter rest is not worth a message: the queue is polled every two seconds when little goes on. */
const leastRestMs = 5_000;

/**
 * How much longer a start rests whose message has come, milliseconds; 0: it sets out.
 * @param plannedAtMs when the sweep planned it to set out
 */
export type RestOfStart = (vaultUrl: string, plannedAtMs: number, nowMs: number) => number;

/**
 * The sweep plans starts so far apart that their vault can store what they bring. If the host is short of workers they heap
 * up in the queue, and the next workers to come take them all at once. So each one keeps its distance: it sets out as late as
 * the latest that this worker has met, and what was planned 30 seconds apart stays 30 seconds apart.
 */
export function restOfLateStarts(): RestOfStart {
  const lateIn = new Map<string, { readonly lateMs: number; readonly seenAtMs: number }>();
  return (vaultUrl, plannedAtMs, nowMs) => {
    const lateMs = Math.min(mostLateMs, Math.max(0, nowMs - plannedAtMs));
    const known = lateIn.get(vaultUrl);
    if (known === undefined || lateMs >= known.lateMs || nowMs - known.seenAtMs > countsForMs) {
      lateIn.set(vaultUrl, { lateMs, seenAtMs: nowMs });
      return 0;
    }
    const restMs = plannedAtMs + known.lateMs - nowMs;
    return restMs < leastRestMs ? 0 : restMs;
  };
}
