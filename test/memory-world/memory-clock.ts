import type { Clock } from '../../src/shared/clock.ts';

/** A clock that moves only when somebody sleeps or `advance` is called; sleeping is instant for the machine. */
export interface MemoryClock extends Clock {
  advance(durationMs: number): void;
}

export function memoryClock(startAtMs: number): MemoryClock {
  let nowMs = startAtMs;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: async (durationMs) => {
      nowMs += durationMs;
    },
    advance: (durationMs) => {
      nowMs += durationMs;
    },
  };
}
