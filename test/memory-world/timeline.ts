import type { MemoryClock } from './memory-clock.ts';
import { promisesSettled } from './promises-settled.ts';

/** Everything that happens, one thing after another, each at its instant: what is due first happens first. */
export interface Timeline {
  at(dueAtMs: number, act: () => void): void;
  /** Lets the next thing happen, and everything that follows from it without waiting. False: nothing is left. */
  step(): Promise<boolean>;
}

interface Due {
  readonly dueAtMs: number;
  readonly act: () => void;
}

/** @param clock moved to each thing's instant before it happens */
export function timeline(clock: MemoryClock): Timeline {
  const due: Due[] = [];
  return {
    at: (dueAtMs, act) => {
      const after = due.findIndex((other) => other.dueAtMs > dueAtMs);
      due.splice(after === -1 ? due.length : after, 0, { dueAtMs, act });
    },
    async step() {
      const next = due.shift();
      if (next === undefined) return false;
      if (next.dueAtMs > clock.nowMs()) clock.advance(next.dueAtMs - clock.nowMs());
      next.act();
      // Every worker goes on until it waits for something.
      await promisesSettled();
      return true;
    },
  };
}
