import { describe, expect, it } from 'vitest';
import { fenceInstants, leaseFence } from '../../../src/durable/lease-fence.ts';

describe('the fence of a lease', () => {
  for (const [says, monotonicMs, wallMs, holds] of [
    ['holds right after the save', 0, 0, true],
    ['holds until the margin', 49_999, 49_999, true],
    ['falls at the margin', 50_000, 50_000, false],
    ['falls when the machine was frozen and only the wall clock tells', 10, 60_000, false],
    ['falls when the wall clock stood still and only the monotonic one tells', 60_000, 10, false],
    ['falls when the wall clock ran backwards', 1_000, -1, false],
  ] as const)
    it(says, () => {
      const now = { monotonicMs: 5_000, wallMs: 1_700_000_000_000 };
      const clock = { nowMs: () => now.wallMs, monotonicMs: () => now.monotonicMs, sleep: async () => {} };
      const fence = leaseFence(clock);
      fence.renew(fenceInstants(clock));
      now.monotonicMs += monotonicMs;
      now.wallMs += wallMs;
      expect(fence.holds()).toBe(holds);
    });

  it('does not hold before the first save', () => {
    expect(leaseFence({ nowMs: () => 0, monotonicMs: () => 0, sleep: async () => {} }).holds()).toBe(false);
  });
});
