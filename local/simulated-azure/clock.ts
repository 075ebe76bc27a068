/** The simulated Azure's only source of time. Everything that Azure dates, delays or throttles asks it. */
export interface SimulatedClock {
  /** Milliseconds since 1970-01-01T00:00Z. */
  nowMs(): number;
  /** Resolves when `durationMs` of this clock's time has passed. */
  sleep(durationMs: number): Promise<void>;
}

/** A clock that stands still until `advance` moves it: tests move time, they never sleep. */
export interface ManualClock extends SimulatedClock {
  /** Moves time on, waking each sleeper at its own instant, in order. */
  advance(durationMs: number): Promise<void>;
}

/** A clock that follows the machine's own: for `npm start` and `npm run azure`. */
export function realClock(): SimulatedClock {
  return {
    nowMs: () => Date.now(),
    sleep: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
  };
}

export function manualClock(startAtMs: number): ManualClock {
  let nowMs = startAtMs;
  let sleepers: { readonly wakeAtMs: number; readonly wake: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    sleep: (durationMs) =>
      new Promise((resolve) => {
        if (durationMs <= 0) resolve();
        else sleepers.push({ wakeAtMs: nowMs + durationMs, wake: resolve });
      }),
    async advance(durationMs) {
      const untilMs = nowMs + durationMs;
      for (;;) {
        const due = sleepers
          .filter((sleeper) => sleeper.wakeAtMs <= untilMs)
          .sort((a, b) => a.wakeAtMs - b.wakeAtMs)[0];
        if (due === undefined) break;
        sleepers = sleepers.filter((sleeper) => sleeper !== due);
        nowMs = Math.max(nowMs, due.wakeAtMs);
        due.wake();
        // Lets the woken code run, and perhaps sleep again, before time moves on.
        await new Promise((resolve) => setImmediate(resolve));
      }
      nowMs = Math.max(nowMs, untilMs);
    },
  };
}
