import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  reserve,
  storesOfStarts,
  tokenBucket,
  writeBucket,
  writesAtOnce,
  writesOfStarts,
} from '../../../src/rotation/schedule/token-bucket.ts';

const hourMs = 3_600_000;
/** Two at the start, and two so long after it. */
const writing = (secondAfterMs = 2 * hourMs) => ({
  bucket: tokenBucket(0, writesOfStarts),
  cost: [0, secondAfterMs].map((afterMs) => ({ afterMs, requests: writesAtOnce })),
});
const storing = (secondAfterMs = 2 * hourMs) => ({
  bucket: tokenBucket(0, storesOfStarts),
  cost: [
    { afterMs: 0, requests: 3 },
    { afterMs: secondAfterMs, requests: 1 },
  ],
});

/** The least that the bucket holds when these writes come, only by Azure's rule. */
function leastTokens(writes: readonly { readonly atMs: number; readonly writes: number }[]): number {
  let tokens: number = writeBucket.size;
  let beforeMs = 0;
  let least = tokens;
  for (const { atMs, writes: drawn } of [...writes].sort((one, other) => one.atMs - other.atMs)) {
    tokens = Math.min(writeBucket.size, tokens + ((atMs - beforeMs) / 1000) * writeBucket.perSecond) - drawn;
    beforeMs = atMs;
    least = Math.min(least, tokens);
  }
  return least;
}

describe('the ledger of a subscription', () => {
  it('lets as many start at once as the bucket has room for, then nearly as fast as it fills', () => {
    const subscription = writing();
    const starts = Array.from({ length: 200 }, () => reserve([subscription], 0, hourMs));
    expect(starts.filter((atMs) => atMs === 0)).toHaveLength(90);
    expect(starts.at(-1)).toBe(25_000);
  });

  it('says so when no more fit before the next sweep', () => {
    const subscription = writing();
    const starts = Array.from({ length: 2_000 }, () => reserve([subscription], 0, 300_000));
    expect(starts.filter((atMs) => atMs !== null)).toHaveLength(90 + 4.5 * 300);
  });

  it('keeps the bucket from running low, whatever comes anyway, also when the second writes meet the first', () => {
    const come = fc.array(
      fc.record({ atMs: fc.integer({ min: 0, max: 200_000 }), writes: fc.integer({ min: 1, max: 9 }) }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(
        come,
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 0, max: 150_000 }),
        (anyway, rotations, afterMs) => {
          const subscription = writing(afterMs);
          for (const { atMs, writes } of anyway) subscription.bucket.expect(atMs, writes);
          const starts = Array.from({ length: rotations }, () => reserve([subscription], 0, 300_000)).filter(
            (at) => at !== null,
          );
          const binned = (atMs: number) => Math.floor(atMs / 1000) * 1000;
          const all = [
            ...anyway.map(({ atMs, writes }) => ({ atMs: binned(atMs), writes })),
            ...starts.flatMap((atMs) =>
              [atMs, atMs + Math.ceil(afterMs / 1000) * 1000].map((at) => ({ atMs: at, writes: writesAtOnce })),
            ),
          ];
          expect(leastTokens(all)).toBeGreaterThanOrEqual(20);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a vault', () => {
  it('stores no more than 300 secrets in any ten seconds, as fast as it lets others some', () => {
    const vault = storing();
    const starts = Array.from({ length: 1_000 }, () => reserve([vault], 0, hourMs) ?? Number.NaN);
    for (const fromMs of starts)
      expect(starts.filter((atMs) => atMs >= fromMs && atMs < fromMs + 10_000).length * 3).toBeLessThanOrEqual(300);
    expect(starts.at(-1)).toBe(110_000);
  });

  it('lets fewer begin while those before them end their overlap', () => {
    const vault = storing(30_000);
    const starts = Array.from({ length: 1_000 }, () => reserve([vault], 0, hourMs) ?? Number.NaN);
    const between = (fromMs: number, toMs: number) => starts.filter((atMs) => atMs >= fromMs && atMs < toMs).length;
    expect([between(10_000, 20_000), between(90_000, 100_000)]).toEqual([90, expect.closeTo(67, -1)]);
  });
});

describe('a rotation that draws from two buckets', () => {
  it('starts when both have room, and takes of both', () => {
    const [subscription, vault] = [writing(), storing()];
    const starts = Array.from({ length: 21 }, () => reserve([subscription, vault], 0, hourMs));
    expect([starts[9], starts[10], starts[19], starts[20]]).toEqual([0, 1_000, 2_000, 2_000]);
    // The subscription has given 21 pairs: of 90 that fit at once 69 are left, and what it has gained since.
    const others = Array.from({ length: 80 }, () => reserve([subscription], 0, hourMs));
    expect(others.filter((atMs) => atMs === 0).length).toBeLessThan(80);
  });

  it('starts at no time at which only one of them has room', () => {
    const [subscription, vault] = [writing(), storing()];
    subscription.bucket.expect(0, 180);
    vault.bucket.expect(0, 30);
    for (let atMs = 1_000; atMs < 8_000; atMs += 1_000) vault.bucket.expect(atMs, 27);
    expect(reserve([subscription], 0, hourMs)).toBe(1_000);
    const both = reserve([subscription, vault], 0, hourMs) ?? Number.NaN;
    expect(both).toBe(8_000);
  });

  it('starts not at all while one of them has none', () => {
    const [subscription, vault] = [writing(), storing()];
    for (let atMs = 0; atMs <= 10_000; atMs += 1_000) vault.bucket.expect(atMs, 30);
    expect(reserve([subscription, vault], 0, 9_000)).toBeNull();
    expect(reserve([subscription], 0, 9_000)).toBe(0);
  });
});
