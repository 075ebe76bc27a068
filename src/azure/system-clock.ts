import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../shared/clock.ts';

/** The machine's own clocks. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (durationMs) => {
    await pause(durationMs);
  },
};
