import { expect, it } from 'vitest';
import * as durable from '../../src/durable/numbers.ts';
import * as numbers from '../../src/rotation/numbers.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** Beside those that the pages state, which `numbers-in-docs.test.ts` holds. */
it.each<[says: string, is: unknown, expected: unknown]>([
  ['a lease is not used in its last ten seconds', durable.leaseMarginMs, 10 * secondMs],
  ['an answer of listKeys may be five seconds old', numbers.staleBoundMs, 5 * secondMs],
  ["a regenerate's own reply counts for a minute", numbers.replyCountsMs, minuteMs],
  ['the last proof begins its calls in turn, answered or not', numbers.lastProof.overlapping, true],
  ['an endpoint is asked once whether it answers', numbers.oneCall, { acceptances: 1, spreadMs: 0 }],
  ['a burst of probes ends well within a lease', numbers.probeBurstMs, 8 * secondMs],
  ['a vault tells its time in whole seconds', numbers.vaultRoundingMs, secondMs],
  ['a last look may wait for settle and fifteen seconds', numbers.lastLookMs, 135 * secondMs],
  ['the store of a deleted secret is tried six times', numbers.triesForDeleted, 6],
  ['a rotation that could not even ask waits an hour longer', numbers.confirmingGraceMs, hourMs],
  ['two looks that end a leak are six seconds apart', numbers.leakLooksApartMs, 6 * secondMs],
  ['a paused rotation looks once a minute', numbers.pausedWaitMs, minuteMs],
  ['the sweep wakes what is two minutes late', durable.wakeGraceMs, 2 * minuteMs],
  ['a message rests for six days at most: a queue allows seven', durable.longestWaitMs, 6 * 24 * hourMs],
])('%s', (_, is, expected) => {
  expect(is).toEqual(expected);
});
