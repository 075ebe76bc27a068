/**
 * Azure Resource Manager's bucket of writes for one principal in one subscription and region: 200 tokens, 10 more each
 * second. `listKeys` and `regenerateKey` are POST requests, so they count as writes. Reads (250, 25 a second) never run
 * short before: a rotation makes two of them for its four writes.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */
export const writeBucket = { size: 200, perSecond: 10 } as const;

/** Writes of a rotation at its beginning (look, regenerate), and as many again when its overlap is over. */
export const writesAtOnce = 2;

/** What starts are planned to take of what Azure grants: `size` at once, then `perSecond`, and `kept` always left over. */
export interface Share {
  readonly size: number;
  readonly perSecond: number;
  readonly kept: number;
}

/** Of what a bucket gains, starts use so much: anybody who comes late, or again, finds the rest. */
const plannedPart = 0.9;

/** Of a subscription's writes. What is kept is for looks, operators, and requests that come earlier or later than planned. */
export const writesOfStarts: Share = {
  size: writeBucket.size,
  perSecond: plannedPart * writeBucket.perSecond,
  kept: 20,
};

/**
 * Of the secrets that a vault stores: 300 in ten seconds. Nothing is said of when the ten seconds begin, so the share fits in
 * any ten: what comes at once is as much as comes in one second. All other requests (4,000) never run short before: a rotation
 * makes about six for each secret that it stores.
 * https://learn.microsoft.com/azure/key-vault/general/service-limits
 */
export const storesOfStarts: Share = { size: 30, perSecond: plannedPart * 30, kept: 0 };

/** What one rotation takes of a bucket, so long after its start, earliest first. */
export type Cost = readonly { readonly afterMs: number; readonly requests: number }[];

/** The requests that are to come in one bucket, and when another rotation fits among them. */
export interface TokenBucket {
  /** Notes requests that will come anyway. */
  expect(atMs: number, requests: number): void;
  /**
   * The earliest instant from `fromMs` until `untilMs` at which a rotation may start so that the bucket never runs low,
   * neither then nor when its later requests come. Null: not until then.
   */
  find(fromMs: number, untilMs: number, cost: Cost): number | null;
}

const binMs = 1000;
const binsIn = (forMs: number) => Math.ceil(forMs / binMs);

/** @param nowMs when the bucket is taken to be full: anybody who emptied it is not seen here, and Azure would say so by 429 */
export function tokenBucket(nowMs: number, { size, perSecond, kept }: Share): TokenBucket {
  const bins = new Map<number, number>();
  const binOf = (atMs: number) => Math.max(0, Math.floor((atMs - nowMs) / binMs));
  let sorted: (readonly [number, number])[] | null = null;
  /** Earlier searches found no room before it. */
  let openFrom = 0;

  /**
   * Whether the bucket stays above what is kept, with the requests of one more rotation. If it runs low by itself, and is full
   * again in between, they make nothing worse: a crowd of requests in a year is no reason to wait now.
   */
  const fits = (start: number, cost: Cost) => {
    sorted ??= [...bins].sort(([one], [other]) => one - other);
    let tokens = size;
    let tokensWithout = size;
    let before = 0;
    const refilled = (held: number, bin: number) => Math.min(size, held + (bin - before) * perSecond);
    const draw = (bin: number, requests: number, isOurs: boolean) => {
      tokens = refilled(tokens, bin) - requests;
      tokensWithout = refilled(tokensWithout, bin) - (isOurs ? 0 : requests);
      before = bin;
      return tokens >= kept || tokens === tokensWithout;
    };
    let added = 0;
    for (const [bin, requests] of [...sorted, [Number.POSITIVE_INFINITY, 0] as const]) {
      for (const { afterMs, requests: ours } of cost.slice(added)) {
        const at = start + binsIn(afterMs);
        if (at > bin) break;
        if (!draw(at, ours, true)) return false;
        added += 1;
      }
      if (bin === Number.POSITIVE_INFINITY) return true;
      // Before our first requests nothing that comes is of our making.
      if (!draw(bin, requests, false)) return false;
    }
    return true;
  };

  return {
    expect(atMs, requests) {
      const bin = binOf(atMs);
      bins.set(bin, (bins.get(bin) ?? 0) + requests);
      sorted = null;
    },
    find(fromMs, untilMs, cost) {
      const until = binOf(untilMs);
      const from = Math.max(openFrom, binOf(fromMs));
      for (let bin = from; bin <= until; bin += 1) {
        if (!fits(bin, cost)) continue;
        if (from === openFrom) openFrom = bin;
        return nowMs + bin * binMs;
      }
      return null;
    },
  };
}

/** A rotation in a bucket that it draws from. */
export interface Draw {
  readonly bucket: TokenBucket;
  readonly cost: Cost;
}

/** The earliest instant at which a rotation fits into each of the buckets, noted in all of them; null: not until then. */
export function reserve(draws: readonly Draw[], fromMs: number, untilMs: number): number | null {
  let atMs = fromMs;
  for (let agreed = 0; agreed < draws.length; ) {
    agreed = 0;
    for (const { bucket, cost } of draws) {
      const foundMs = bucket.find(atMs, untilMs, cost);
      if (foundMs === null) return null;
      // If the one has room only later, the others are asked for that instant.
      agreed = foundMs === atMs ? agreed + 1 : 1;
      atMs = foundMs;
    }
  }
  for (const draw of draws) expectStart(draw, atMs);
  return atMs;
}

/** Notes what a rotation takes that starts then. */
export function expectStart({ bucket, cost }: Draw, atMs: number): void {
  for (const { afterMs, requests } of cost) bucket.expect(atMs + binsIn(afterMs) * binMs, requests);
}
