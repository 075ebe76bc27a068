import { setTimeout as after } from 'node:timers/promises';

/** The runner's only source of time. Tests hand in one that stands still until they move it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00Z. */
  nowMs(): number;
  /** Resolves when `durationMs` have passed, or at once when `signal` is aborted; never rejects. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
}

export const machineClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (durationMs, signal) => after(durationMs, undefined, { signal }).catch(() => undefined),
};
