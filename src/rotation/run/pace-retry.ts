import { freeCalls, freeCallsOfSpreading, longestRetryMs, retryPauseMs } from '../../shared/retry-pace.ts';
import type { AccountRow } from '../account-row.ts';
import type { Wait } from '../decision.ts';
import { lifecycle, positionOf } from '../lifecycle.ts';
import { confirmingGraceMs, longestRetryOfLeakMs } from '../numbers.ts';
import type { WaitReason } from '../reasons.ts';
import { type ActiveState, activeStateOf } from '../state.ts';

/** Waits that are the purpose of their state, or somebody's wish. All others are retries: nothing went on. */
const planned: ReadonlySet<WaitReason> = new Set([
  'caches-not-expired',
  'copies-not-expired',
  'copies-watched',
  'overlap',
  'stragglers',
  'held',
  'paused',
  'old-key-lingers',
]);

/**
 * When a rotation that could not go on tries again: at the earliest of what was asked, its state's deadline and 15 minutes,
 * or a minute while a leaked key is accepted; and no more often than its calls of a day allow. Planned waits stay as they are.
 * @param calls how many calls to Azure this try has cost
 * @param deadlineMs when the state ends, by the storage service's clock
 */
export function paceRetry(
  wait: Wait<ActiveState>,
  calls: number,
  nowMs: number,
  deadlineMs: number,
  leakedKeyLives: boolean,
): Wait<ActiveState> {
  const { state, reason } = wait;
  if (planned.has(reason)) return { ...wait, state: { ...state, retrying: null } };
  const sinceMs = state.retrying?.sinceMs ?? nowMs;
  const spent = (state.retrying?.calls ?? 0) + calls;
  const retrying = { sinceMs, calls: spent };
  const mostMs = leakedKeyLives ? longestRetryOfLeakMs : longestRetryMs;
  const free = reason === 'new-key-spreading' && state.kind === 'probing' ? freeCallsOfSpreading : freeCalls;
  // At its deadline a state is looked at once more.
  const forMs = retryPauseMs(wait.forMs, mostMs, retrying, calls, nowMs, deadlineMs, free);
  return { ...wait, state: { ...state, retrying }, forMs };
}

/** When a state ends that makes no progress; a state that stood still with the whole instance has its whole time again from then on. */
export function deadlineOf(state: ActiveState, resumedAtMs: number): number {
  if (state.kind === 'overlapping' && state.held !== null) return Number.POSITIVE_INFINITY;
  // `confirming` ends by itself when its day is over; only one that cannot even ask outlives it.
  if (state.kind === 'confirming') return Math.max(state.giveUpAtMs, resumedAtMs) + confirmingGraceMs;
  return Math.max(state.deadlineMs, resumedAtMs + lifecycle[state.kind].deadlineMs);
}

/** Whether the rotation in flight is there to end a leaked key that the account still takes, or is preempted for one that is. */
export function leakedKeyLives({ rotation, leak }: Pick<AccountRow, 'rotation' | 'leak'>): boolean {
  if (leak !== null) return true;
  const state = activeStateOf(rotation);
  if (state === null || state.leaked === null) return false;
  // Its own key may be the leaked one: it has not been regenerated, or may not have been.
  const mayBeNew = state.kind === 'preparing' || state.kind === 'regenerating' || state.kind === 'cancelling';
  return positionOf(state).oldKey !== 'invalidated' && (mayBeNew || state.leaked.slot !== state.newSlot);
}
