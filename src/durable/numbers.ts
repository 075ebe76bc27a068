import { requestTimeoutMs } from '../shared/fence.ts';
import { dayMs } from '../shared/time.ts';

/** How long a lease counts since its row was last saved. Long enough for one step, short enough that a crash costs minutes. */
export const leaseMs = 60_000;

/** A write leaves only in the first `leaseMs - leaseMarginMs` of a lease: clocks run at slightly different rates. */
export const leaseMarginMs = 10_000;

/** An older lease is renewed between two calls: the longest call that comes then still ends within the lease's first part. */
export const renewAfterMs = 15_000;

/**
 * How long after its arrival a service may still apply a request. ARM's contract gives resource providers 60 s for a
 * synchronous answer; half of that again is our margin.
 */
const serviceBoundMs = 90_000;

/** After this long nothing of a write that we gave up on can still be applied. */
export const settleMs = requestTimeoutMs + serviceBoundMs;

/** So long after its last save nothing of a lease's owner can still be applied: its fence closes before the lease is over. */
export const overtakenAfterMs = leaseMs + settleMs;

/** A message that comes back does so a little later: the storage service tells its time in whole seconds. */
export const comeBackLaterMs = 1_000;

/** Rests up to this long are slept through under the lease; longer ones give it back and come again by message. */
export const shortWaitMs = 5_000;

/** A message must not come before the save that it belongs to. */
export const leastWaitMs = 2_000;

/** The sweep wakes a row only when its own message is this late. */
export const wakeGraceMs = 2 * 60_000;

/** The longest rest of one message: below the seven days that a queue allows. */
export const longestWaitMs = 6 * dayMs;
