import type { MemoryClock } from '../../memory-world/memory-clock.ts';

/** A clock on which a crowd takes its turns: anyone who waits lets the others act, each at its own instant. */
export interface CrowdedClock extends MemoryClock {
  /** From `firstAtMs` on, `act` has a turn every `everyMs`; it never rejects. */
  join(firstAtMs: number, everyMs: number, act: () => Promise<void>): void;
}

export function crowdedClock(startAtMs: number): CrowdedClock {
  let nowMs = startAtMs;
  let passing = Promise.resolve();
  const turns: { dueAtMs: number; readonly everyMs: number; readonly act: () => Promise<void> }[] = [];
  async function walk(untilMs: number): Promise<void> {
    for (;;) {
      let next: (typeof turns)[number] | undefined;
      for (const turn of turns) if (next === undefined || turn.dueAtMs < next.dueAtMs) next = turn;
      if (next === undefined || next.dueAtMs > untilMs) break;
      nowMs = Math.max(nowMs, next.dueAtMs);
      next.dueAtMs += next.everyMs;
      await next.act();
    }
    nowMs = Math.max(nowMs, untilMs);
  }
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    // Two who wait at once wait side by side.
    sleep(durationMs) {
      const untilMs = nowMs + durationMs;
      passing = passing.then(() => walk(untilMs));
      return passing;
    },
    advance(durationMs) {
      nowMs += durationMs;
    },
    join: (firstAtMs, everyMs, act) => {
      turns.push({ dueAtMs: firstAtMs, everyMs, act });
    },
  };
}
