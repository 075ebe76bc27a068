import type { Time } from '../../consumer/src/contract.ts';

/** Time that stands still until a test moves it: timers fire at their instants, in order. */
export interface MovedTime extends Time {
  /** Moves both clocks on, and lets what wakes run. */
  pass(durationMs: number): Promise<void>;
  /** As a machine that sleeps: the wall clock goes on, the monotonic one and all timers stand. */
  sleep(durationMs: number): void;
  /** Somebody sets the wall clock. */
  correct(byMs: number): void;
  /** What has passed in truth, sleep included. */
  trueMs(): number;
  /** Timers that wait. */
  waiting(): number;
}

/** @param random what `random` gives, default always 0.5 */
export function movedTime(random: () => number = () => 0.5): MovedTime {
  let monotonicMs = 1_000;
  let sleptMs = 0;
  let correctedMs = 1_700_000_000_000;
  const timers = new Set<{ readonly dueAtMs: number; readonly act: () => void }>();
  return {
    monotonicMs: () => monotonicMs,
    wallMs: () => monotonicMs + sleptMs + correctedMs,
    trueMs: () => monotonicMs + sleptMs,
    waiting: () => timers.size,
    random,
    schedule(afterMs, act) {
      const timer = { dueAtMs: monotonicMs + afterMs, act };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async pass(durationMs) {
      const untilMs = monotonicMs + durationMs;
      for (;;) {
        await allSettled();
        const next = [...timers].sort((one, other) => one.dueAtMs - other.dueAtMs)[0];
        if (next === undefined || next.dueAtMs > untilMs) break;
        timers.delete(next);
        monotonicMs = Math.max(monotonicMs, next.dueAtMs);
        next.act();
      }
      monotonicMs = untilMs;
    },
    sleep(durationMs) {
      sleptMs += durationMs;
    },
    correct(byMs) {
      correctedMs += byMs;
    },
  };
}

/** Lets all that waits for nothing but promises run. */
function allSettled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
