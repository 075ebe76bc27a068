/** ARM's bucket of writes, as the simulated Azure keeps it. */
const bucket = { size: 200, perSecond: 10 } as const;
/** What a healthy rotation writes: listKeys and regenerate before its overlap, and again after it. */
const writesBefore = 2;
const writesInAll = 4;

export interface FleetBound {
  readonly seconds: number;
  /** One rotation by itself, from the sweep that starts it to its end. */
  readonly aloneSeconds: number;
  /** What the bucket of the fullest subscription needs by itself for all writes. */
  readonly bucketSeconds: number;
  readonly formula: string;
}

/**
 * No schedule is faster: the bucket of a subscription gives `size + perSecond × t` writes in `t` seconds, and the last of
 * its rotations to be begun still takes as long as one by itself.
 */
export function fleetBound(
  { accounts, subscriptions }: { readonly accounts: number; readonly subscriptions: number },
  aloneSeconds: number,
): FleetBound {
  const fullest = Math.ceil(accounts / subscriptions);
  const secondsFor = (writes: number) => Math.max(0, (writes - bucket.size) / bucket.perSecond);
  const bucketSeconds = secondsFor(writesInAll * fullest);
  return {
    seconds: Math.max(bucketSeconds, secondsFor(writesBefore * fullest) + aloneSeconds),
    aloneSeconds,
    bucketSeconds,
    formula:
      `bound = max((4n - 200) / 10, max(0, 2n - 200) / 10 + L) seconds, with n = ${fullest} accounts in the fullest subscription ` +
      `(each rotation makes 4 ARM writes, 2 of them before its overlap; the bucket of a subscription, region and principal holds 200 writes and gains 10 a second; ` +
      `2 reads a rotation of 250 and 25 a second never run short first) and L = ${aloneSeconds} s, one rotation alone, its overlap included`,
  };
}
