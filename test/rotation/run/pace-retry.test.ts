import { describe, expect, it } from 'vitest';
import type { WaitReason } from '../../../src/rotation/reasons.ts';
import { leakedKeyLives, paceRetry } from '../../../src/rotation/run/pace-retry.ts';
import type { ActiveState } from '../../../src/rotation/state.ts';
import { buildState, hourMs, nowMs } from '../row-builder.ts';

const minuteMs = 60_000;
const dayMs = 24 * hourMs;
const fifteenDaysMs = 15 * dayMs;

/** How long a rest becomes that `forMs` were asked for. */
function paced(
  forMs: number,
  {
    reason = 'retry-later',
    deadlineMs = nowMs + dayMs,
    isLeak = false,
    calls = 1,
    retrying = null,
  }: {
    readonly reason?: WaitReason;
    readonly deadlineMs?: number;
    readonly isLeak?: boolean;
    readonly calls?: number;
    readonly retrying?: ActiveState['retrying'];
  } = {},
) {
  const state = buildState('publishing', { retrying });
  return paceRetry({ kind: 'wait', state, reason, forMs }, calls, nowMs, deadlineMs, isLeak);
}

describe('a rotation that could not go on tries again', () => {
  for (const [says, asked, more, forMs] of [
    ['after what was asked, if that is soon', 40_000, {}, 40_000],
    ['after 15 minutes, if days were asked for', fifteenDaysMs, {}, 15 * minuteMs],
    ['after a minute while a leaked key is accepted', fifteenDaysMs, { isLeak: true }, minuteMs],
    ['sooner, if less was asked while a leaked key is accepted', 3_000, { isLeak: true }, 3_000],
    ['at its deadline', fifteenDaysMs, { deadlineMs: nowMs + 7 * minuteMs }, 7 * minuteMs],
    ['no sooner than it rests by plan', 3 * hourMs, { reason: 'overlap' }, 3 * hourMs],
    ['as it wants, after its deadline', 5_000, { deadlineMs: nowMs - 1 }, 5_000],
    [
      'rarer, once its first calls are spent: the others last for the day',
      minuteMs,
      { calls: 4, retrying: { sinceMs: nowMs - 12 * hourMs, calls: 192 } },
      2.4 * hourMs,
    ],
    [
      'as often as it wants, if its deadline comes before the calls are spent',
      minuteMs,
      { deadlineMs: nowMs + hourMs, calls: 2, retrying: { sinceMs: nowMs - hourMs, calls: 150 } },
      minuteMs,
    ],
  ] as const)
    it(says, () => expect(paced(asked, more).forMs).toBe(forMs));

  it('counts its calls, and since when, from the first wait', () => {
    expect(paced(1_000, { calls: 6 }).state.retrying).toEqual({ sinceMs: nowMs, calls: 6 });
    const retrying = { sinceMs: nowMs - hourMs, calls: 20 };
    expect(paced(1_000, { calls: 6, retrying }).state.retrying).toEqual({ sinceMs: nowMs - hourMs, calls: 26 });
  });

  it('forgets that if it rests by plan', () => {
    const retrying = { sinceMs: nowMs - hourMs, calls: 20 };
    expect(paced(hourMs, { reason: 'caches-not-expired', retrying }).state.retrying).toBeNull();
  });
});

describe('a leaked key is accepted', () => {
  const leakedKey = (slot: 'key1' | 'key2') => ({
    leaked: { slot, overlapMs: 60_000, by: 'operator-1', reason: null, seen: null },
  });
  const noted = { ...leakedKey('key1').leaked, rotationId: 'r2', atMs: nowMs };
  for (const [says, rotation, leak, lives] of [
    ['while another rotation makes way', buildState('confirming'), noted, true],
    ['until the inactive slot is regenerated', buildState('regenerating', leakedKey('key2')), null, true],
    ['no more once the inactive slot is', buildState('publishing', leakedKey('key2')), null, false],
    ['while consumers are led away from it', buildState('probing', leakedKey('key1')), null, true],
    ['while they leave it', buildState('overlapping', leakedKey('key1')), null, true],
    ['until it is regenerated', buildState('retiring', leakedKey('key1')), null, true],
    ['no more afterwards', buildState('restocking', leakedKey('key1')), null, false],
    ['in no other rotation', buildState('retiring'), null, false],
  ] as const)
    it(`${says}: ${lives}`, () => expect(leakedKeyLives({ rotation, leak })).toBe(lives));
});
