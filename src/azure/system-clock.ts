import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../shared/clock.ts';

/** The machine's own clocks. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  // A timer counts whole milliseconds from a moment that may be past: anybody who waits for an instant must not wake before it.
  sleep: async (durationMs) => {
    const untilMs = performance.now() + durationMs;
    let leftMs = durationMs;
    do {
      await pause(Math.ceil(leftMs));
      leftMs = untilMs - performance.now();
    } while (leftMs > 0);
  },
};
