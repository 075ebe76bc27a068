/**
 * Azure Resource Manager's bucket of writes for one principal in one subscription and region: 200 tokens, 10 more each
 * second. `listKeys` and `regenerateKey` are POST requests, so they count as writes. Reads (250, 25 a second) never run
 * short before: a rotation makes two of them for its four writes.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */
export const writeBucket = { size: 200, perSecond: 10 } as const;

/** Tokens that starts leave in the bucket: for looks, operators, and requests that come earlier or later than planned. */
const keptTokens = 20;
/** Of what the bucket gains, starts are planned to use so much: anybody who comes late, or again, finds the rest. */
const plannedPerSecond = 0.9 * writeBucket.perSecond;

/** Writes of a rotation at its beginning (look, regenerate), and as many again when its overlap is over. */
export const writesAtOnce = 2;

/** The writes that are to come in one subscription, and when another rotation fits among them. */
export interface TokenBuckets {
  /** Notes writes that will come anyway. */
  expect(atMs: number, writes: number): void;
  /**
   * The earliest instant from `fromMs` until `untilMs` at which a rotation may start so that the bucket never runs low,
   * neither then nor when its second pair of writes comes `secondAfterMs` later; notes both. Null: not until then.
   */
  reserve(fromMs: number, untilMs: number, secondAfterMs: number): number | null;
}

const binMs = 1000;

/** @param nowMs when the bucket is taken to be full: anybody who emptied it is not seen here, and Azure would say so by 429 */
export function tokenBuckets(nowMs: number): TokenBuckets {
  const bins = new Map<number, number>();
  const binOf = (atMs: number) => Math.max(0, Math.floor((atMs - nowMs) / binMs));
  const add = (bin: number, writes: number) => bins.set(bin, (bins.get(bin) ?? 0) + writes);
  let sorted: (readonly [number, number])[] | null = null;
  /** Earlier reservations found no room before it. */
  let openFrom = 0;

  /**
   * Whether the bucket stays above what is kept, with two pairs of writes more. If it runs low by itself, and is full
   * again in between, they make nothing worse: a crowd of writes in a year is no reason to wait now.
   */
  const fits = (first: number, second: number) => {
    sorted ??= [...bins].sort(([one], [other]) => one - other);
    let tokens: number = writeBucket.size;
    let tokensWithout: number = writeBucket.size;
    let before = 0;
    const refilled = (held: number, bin: number) =>
      Math.min(writeBucket.size, held + (bin - before) * plannedPerSecond);
    const draw = (bin: number, writes: number, isOurs: boolean) => {
      tokens = refilled(tokens, bin) - writes;
      tokensWithout = refilled(tokensWithout, bin) - (isOurs ? 0 : writes);
      before = bin;
      return tokens >= keptTokens || tokens === tokensWithout;
    };
    let added = 0;
    for (const [bin, writes] of [...sorted, [Number.POSITIVE_INFINITY, 0] as const]) {
      if (added === 0 && first <= bin) {
        if (!draw(first, writesAtOnce, true)) return false;
        added = 1;
      }
      if (added === 1 && second <= bin) {
        if (!draw(second, writesAtOnce, true)) return false;
        added = 2;
      }
      if (bin === Number.POSITIVE_INFINITY) return true;
      // Before our first pair nothing that comes is of our making.
      if (!draw(bin, writes, false)) return false;
    }
    return true;
  };

  return {
    expect(atMs, writes) {
      add(binOf(atMs), writes);
      sorted = null;
    },
    reserve(fromMs, untilMs, secondAfterMs) {
      const until = binOf(untilMs);
      const secondAfter = Math.ceil(secondAfterMs / binMs);
      for (let bin = Math.max(openFrom, binOf(fromMs)); bin <= until; bin += 1) {
        if (!fits(bin, bin + secondAfter)) continue;
        openFrom = bin;
        add(bin, writesAtOnce);
        add(bin + secondAfter, writesAtOnce);
        sorted = null;
        return nowMs + bin * binMs;
      }
      return null;
    },
  };
}
