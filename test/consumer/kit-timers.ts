import type { Time } from '../../consumer/src/contract.ts';
import type { MemoryClock } from '../memory-world/memory-clock.ts';

/** Time as the kit sees it in a world whose clock jumps, and what is to happen when it is due. */
export function timersOf(clock: MemoryClock, random: () => number) {
  const timers = new Set<{ readonly dueAtMs: number; readonly act: () => void }>();
  const time: Time = {
    monotonicMs: clock.monotonicMs,
    wallMs: clock.nowMs,
    random,
    schedule(afterMs, act) {
      const timer = { dueAtMs: clock.monotonicMs() + afterMs, act };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  return { time, timers };
}
