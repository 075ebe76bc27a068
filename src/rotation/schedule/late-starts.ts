import { wakeGraceMs } from '../../durable/numbers.ts';
import type { PlannedStart } from '../../durable/ports.ts';
import type { Target } from '../../keys/target.ts';
import { minuteMs } from '../../shared/time.ts';
import type { AccountRow } from '../account-row.ts';

/** How late a sweep's starts were counts for so long: no start of it is still to come then. */
const countsForMs = 15 * minuteMs;
/** No start rests so long that the sweep takes its message for lost. */
const mostLateMs = wakeGraceMs - minuteMs / 2;
/** A shorter rest is not worth a message: the queue is polled every two seconds when little goes on. */
const leastRestMs = 5_000;

/** How much longer a start rests whose message has come, milliseconds; 0: it sets out. */
export type RestOfStart = (vaultUrl: string, planned: PlannedStart, nowMs: number) => number;

/** How late the starts are that have not set out, by vault, milliseconds: the others of the vault will be so late, too. */
export function latenessOf(
  fleet: readonly { readonly member: { readonly target: Target; readonly row: AccountRow } }[],
  nowMs: number,
): ReadonlyMap<string, number> {
  const latest = new Map<string, number>();
  for (const { member } of fleet) {
    const { vaultUrl } = member.target;
    const { rotation, wakeAtMs } = member.row;
    if (rotation?.kind !== 'preparing' || wakeAtMs === null) continue;
    latest.set(vaultUrl, Math.min(mostLateMs, Math.max(latest.get(vaultUrl) ?? 0, nowMs - wakeAtMs)));
  }
  return latest;
}

/**
 * The sweep plans starts so far apart that their vault can store what they bring. If the host is short of workers they heap
 * up in the queue, and the next workers to come take them all at once. So each one keeps its distance: it sets out as late as
 * the latest of its sweep that this worker has met, and what was planned 30 seconds apart stays 30 seconds apart. The next
 * sweep knows what has not set out yet, and plans behind it: its starts are not late because those were.
 */
export function restOfLateStarts(): RestOfStart {
  const lateIn = new Map<string, readonly { readonly sweptAtMs: number; readonly lateMs: number }[]>();
  return (vaultUrl, { atMs, sweptAtMs }, nowMs) => {
    const lateMs = Math.min(mostLateMs, Math.max(0, nowMs - atMs));
    const known = (lateIn.get(vaultUrl) ?? []).filter((one) => nowMs - one.sweptAtMs < countsForMs);
    const latestMs = known.find((one) => one.sweptAtMs === sweptAtMs)?.lateMs ?? 0;
    if (lateMs >= latestMs) {
      lateIn.set(vaultUrl, [...known.filter((one) => one.sweptAtMs !== sweptAtMs), { sweptAtMs, lateMs }]);
      return 0;
    }
    const restMs = atMs + latestMs - nowMs;
    return restMs < leastRestMs ? 0 : restMs;
  };
}
