import type { Clock } from '../../shared/clock.ts';
import type { Fence } from '../../shared/fence.ts';
import { leaseMarginMs, leaseMs } from '../numbers.ts';

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
 * Holds while both clocks agree that the lease is surely ours: less than the lease minus a margin since just before the
 * last save, and a wall clock that did not run backwards.
 */
export function leaseFence(clock: Clock): LeaseFence {
  let since: FenceInstants | null = null;
  return {
    holds: () => {
      if (since === null) return false;
      const monotonicAgeMs = clock.monotonicMs() - since.monotonicMs;
      const wallAgeMs = clock.nowMs() - since.wallMs;
      const surelyOursMs = leaseMs - leaseMarginMs;
      return wallAgeMs >= 0 && wallAgeMs < surelyOursMs && monotonicAgeMs < surelyOursMs;
    },
    renew: (instants) => {
      since = instants;
    },
  };
}
