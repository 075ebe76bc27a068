import { expect, it } from 'vitest';
import { leaseMs, settleMs } from '../../src/durable/numbers.ts';

// A call lives for our own timeout of thirty seconds, then for ARM's sixty and half of that again.
it('waits a minute for a lease, and two for its last calls', () => {
  expect([leaseMs, settleMs]).toEqual([60_000, 120_000]);
});
