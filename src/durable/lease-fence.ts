import type { Clock } from '../shared/clock.ts';
import type { Fence } from '../shared/fence.ts';
import { leaseMarginMs, leaseMs } from './numbers.ts';

/** Another worker owns the row now, or may: anybody who catches this sends nothing more and leaves the row alone. */
export class LeaseLost extends Error {
  constructor() {
    super('the lease is no longer ours');
    this.name = 'LeaseLost';
  }
}

/** A lease's fence, held since the last `renew`. */
export interface LeaseFence {
  readonly holds: Fence;
  /** Call with the instants taken just before the save that renewed the lease was sent. */
  renew(since: FenceInstants): void;
}

/** Both clocks at one moment: a frozen virtual machine stops the monotonic one, a correction moves the wall clock. */
export interface FenceInstants {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export function fenceInstants(clock: Clock): FenceInstants {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
}

/**
 * How long ago `since` was, by whichever clock says more: a frozen machine's monotonic clock has missed something, a
 * wall clock that ran backwards tells nothing.
 */
export function elapsedMs(clock: Clock, since: FenceInstants): number {
  const wallMs = clock.nowMs() - since.wallMs;
  return wallMs < 0 ? Number.POSITIVE_INFINITY : Math.max(wallMs, clock.monotonicMs() - since.monotonicMs);
}

/**
 * Holds while both clocks agree that the lease is surely ours: less than the lease minus a margin since just before the
 * last save, and a wall clock that did not run backwards.
 */
export function leaseFence(clock: Clock): LeaseFence {
  let since: FenceInstants | null = null;
  return {
    holds: () => since !== null && elapsedMs(clock, since) < leaseMs - leaseMarginMs,
    renew: (instants) => {
      since = instants;
    },
  };
}
