import ms, { type StringValue } from 'ms';
import * as z from 'zod';
import { dayMs } from '../shared/time.ts';

/** A number and a unit. Narrower than the library `ms`, which also takes `-1h`, `60` (milliseconds!) and years of 365.25 days. */
const durationPattern = /^\d+(?:\.\d+)? ?(?:ms|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)$/;

/** Ten years: more is a slip of the pen. */
const longestDurationMs = 3650 * dayMs;

const accepted = 'a duration with its unit, such as "90 s", "30 min", "2h" or "60d", at most 3650d';

/** A duration written as text; parses to whole milliseconds. */
export const durationText = durationOf(0, accepted).meta({
  description: `Duration: ${accepted}.`,
  examples: ['90 s', '30 min', '2h', '60d'],
});

/**
 * A duration from `leastMs` to `mostMs`, by default ten years. What is refused is checked as text, so that a message shows what was written.
 * @param says what is accepted
 */
export function durationOf(leastMs: number, says: string, mostMs: number = longestDurationMs) {
  return z
    .string({ error: says })
    .regex(durationPattern, { error: says, abort: true })
    .refine((text) => toMs(text) >= leastMs && toMs(text) <= mostMs, { error: says })
    .transform(toMs);
}

function toMs(text: string): number {
  return Math.round(ms(text as StringValue));
}
