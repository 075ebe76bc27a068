const minimumMs = 100;

/**
 * How long to wait after each empty poll: from 100 ms growing exponentially, spread by ±20 %, up to `maximumMs`
 * (RandomizedExponentialBackoffStrategy.cs). `reset` after a batch that was not empty. `random` gives 0 to 1.
 */
export function pollDelays(maximumMs: number, random: () => number): { next(): number; reset(): void } {
  let emptyPolls = 0;
  return {
    next() {
      const growthMs = emptyPolls === 0 ? 0 : (0.8 + 0.4 * random()) * 2 ** (emptyPolls - 1) * minimumMs;
      const delayMs = Math.min(minimumMs + growthMs, Math.max(maximumMs, minimumMs));
      if (delayMs < maximumMs) emptyPolls++;
      return delayMs;
    },
    reset() {
      emptyPolls = 0;
    },
  };
}
