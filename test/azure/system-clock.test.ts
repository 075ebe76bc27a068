import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/azure/system-clock.ts';

describe("the machine's clock", () => {
  it('wakes nobody before the instant that is waited for, which is no whole millisecond', async () => {
    const early: number[] = [];
    for (let sleep = 0; sleep < 20; sleep += 1) {
      const untilMs = systemClock.monotonicMs() + 2.9;
      await systemClock.sleep(2.9);
      if (systemClock.monotonicMs() < untilMs) early.push(untilMs - systemClock.monotonicMs());
    }
    expect(early).toEqual([]);
  });
});
