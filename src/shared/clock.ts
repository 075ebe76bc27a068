/** Where time comes from. `src/azure/system-clock.ts` is the real one; tests pass a simulated one. */
export interface Clock {
  /** Wall clock, milliseconds since 1970-01-01T00:00Z. Workers' wall clocks disagree: never compare two of them. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start; never runs backwards within one process. */
  monotonicMs(): number;
  /** Resolves after `durationMs`. */
  sleep(durationMs: number): Promise<void>;
}
