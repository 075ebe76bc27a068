import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenBuckets, writeBucket, writesAtOnce } from '../../../src/rotation/schedule/token-bucket.ts';

const hourMs = 3_600_000;

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
    const buckets = tokenBuckets(0);
    const starts = Array.from({ length: 200 }, () => buckets.reserve(0, hourMs, 2 * hourMs));
    expect(starts.filter((atMs) => atMs === 0)).toHaveLength(90);
    expect(starts.at(-1)).toBe(25_000);
  });

  it('says so when no more fit before the next sweep', () => {
    const buckets = tokenBuckets(0);
    const starts = Array.from({ length: 2_000 }, () => buckets.reserve(0, 300_000, 2 * hourMs));
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
          const buckets = tokenBuckets(0);
          for (const { atMs, writes } of anyway) buckets.expect(atMs, writes);
          const starts = Array.from({ length: rotations }, () => buckets.reserve(0, 300_000, afterMs)).filter(
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
