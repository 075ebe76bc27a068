import type { Target } from '../../keys/target.ts';
import { expectWrites } from '../../rotation/schedule/expected-writes.ts';
import { type FleetMember, type Origin, subscriptionOf } from '../../rotation/schedule/fleet-facts.ts';
import type { LookPromise } from '../../rotation/schedule/fleet-notes.ts';
import { writeBucket } from '../../rotation/schedule/token-bucket.ts';
import { minuteMs } from '../../shared/time.ts';

/** No look begins later than this after the sweep began, so that it ends before the next one. */
export const looksForMs = 150_000;

/** Of what a subscription's bucket of writes gains, looks take half: each lists keys once, and twice if it finds something new. */
const looksPerSecond = writeBucket.perSecond / 2;

/** So many targets of one subscription are looked at in a sweep that has no rotations beside it. */
export const mostLooksInSubscription = (looksPerSecond * looksForMs) / 1000;

/**
 * How many looks a subscription has room for in this sweep, beside the writes that rotations make in that time. Those of
 * discovered targets take none of the room of declared ones.
 */
export function roomForLooks(
  members: readonly Pick<FleetMember, 'target' | 'origin' | 'row'>[],
  nowMs: number,
): (origin: Origin, target: Target) => number {
  const written = { declared: new Map<string, number>(), discovered: new Map<string, number>() };
  for (const { target, origin, row } of members) {
    const subscription = subscriptionOf(target);
    const expect = (atMs: number, writes: number) => {
      if (atMs >= nowMs + looksForMs) return;
      const { discovered, declared } = written;
      discovered.set(subscription, (discovered.get(subscription) ?? 0) + writes);
      if (origin === 'declared') declared.set(subscription, (declared.get(subscription) ?? 0) + writes);
    };
    expectWrites({ expect }, target, row, nowMs);
  }
  const gained = (writeBucket.perSecond * looksForMs) / 1000;
  return (origin, target) => {
    const left = gained - (written[origin].get(subscriptionOf(target)) ?? 0);
    return Math.max(0, Math.min(mostLooksInSubscription, left));
  };
}

/**
 * What the buckets allow: a subscription of `n` targets is through after `n / 750` sweeps, or as often as its targets ask for
 * if that is rarer.
 * @param resting targets without a rotation in flight, which are looked at
 * @param sweepsEveryMs from one sweep to the next
 */
export function lookPromise(
  resting: readonly { readonly target: Target; readonly lookedAtMs: number }[],
  sweepsEveryMs: number,
  nowMs: number,
): LookPromise {
  const count = new Map<string, number>();
  for (const { target } of resting) count.set(subscriptionOf(target), (count.get(subscriptionOf(target)) ?? 0) + 1);
  const sharedMs = (target: Target) =>
    Math.ceil((count.get(subscriptionOf(target)) ?? 0) / mostLooksInSubscription) * sweepsEveryMs;
  const everyMs = (target: Target) => Math.max(target.policy.driftEveryMs, sharedMs(target));
  // The sweep finds what is due up to one interval late, and looks at it in its first minutes.
  const isLate = ({ target, lookedAtMs }: (typeof resting)[number]) =>
    nowMs > lookedAtMs + everyMs(target) + sweepsEveryMs + looksForMs;
  return {
    everyMs: resting.reduce((longest, { target }) => Math.max(longest, everyMs(target)), 0),
    setBy: resting.some(({ target }) => sharedMs(target) > target.policy.driftEveryMs) ? 'subscription' : 'targets',
    oldestMs: resting.reduce<number | null>(
      (oldest, { lookedAtMs }) => (oldest === null || lookedAtMs < oldest ? lookedAtMs : oldest),
      null,
    ),
    late: resting.filter(isLate).length,
  };
}

/** Sweeps come every five minutes, unless the settings or the host let them come less often. */
export const leastSweepsEveryMs = 5 * minuteMs;
