import type { AccountRow } from './account-row.ts';
import type { Rested } from './decision.ts';
import {
  callsPerDay,
  confirmingGraceMs,
  deadlinesMs,
  freeCalls,
  longestRetryMs,
  longestRetryOfLeakMs,
} from './numbers.ts';
import type { WaitReason } from './reasons.ts';
import type { ActiveState } from './state.ts';

type Wait = Extract<Rested, { kind: 'wait' }>;

/** Waits that are the purpose of their state, or somebody's wish. All others are retries: nothing went on. */
const planned: ReadonlySet<WaitReason> = new Set(['gate-young', 'overlap', 'held', 'paused', 'old-key-lingers']);

const dayMs = 24 * 60 * 60_000;

/**
 * When a rotation that could not go on tries again: at the earliest of what was asked, its state's deadline and 15 minutes,
 * or a minute while a leaked key is accepted; and no more often than its calls of a day allow. Planned waits stay as they are.
 * @param calls how many calls to Azure this try has cost
 * @param deadlineMs when the state ends, by the storage service's clock
 */
export function paceRetry(wait: Wait, calls: number, nowMs: number, deadlineMs: number, leakedKeyLives: boolean): Wait {
  const { state, reason } = wait;
  if (planned.has(reason)) return { ...wait, state: { ...state, retrying: null } };
  const sinceMs = state.retrying?.sinceMs ?? nowMs;
  const spent = (state.retrying?.calls ?? 0) + calls;
  const leftMs = Math.max(0, deadlineMs - nowMs);
  const mostMs = leakedKeyLives ? longestRetryOfLeakMs : longestRetryMs;
  // What the first calls leave of the day's lasts until the state's deadline, or else the day.
  const spreadMs = Math.min(dayMs, Math.max(0, deadlineMs - sinceMs));
  const affordedAtMs = sinceMs + (spreadMs * Math.max(0, spent + calls - freeCalls)) / (callsPerDay - freeCalls);
  const forMs = Math.max(Math.min(wait.forMs, mostMs), affordedAtMs - nowMs);
  // At its deadline a state is looked at once more.
  return {
    ...wait,
    state: { ...state, retrying: { sinceMs, calls: spent } },
    forMs: leftMs > 0 ? Math.min(forMs, leftMs) : forMs,
  };
}

/** When a state ends that makes no progress; a state that stood still with the whole instance has its whole time anew from then on. */
export function deadlineOf(state: ActiveState, resumedAtMs: number): number {
  if (state.kind === 'overlapping' && state.held !== null) return Number.POSITIVE_INFINITY;
  // `confirming` ends by itself when its day is over; only one that cannot even ask outlives it.
  if (state.kind === 'confirming') return Math.max(state.giveUpAtMs, resumedAtMs) + confirmingGraceMs;
  return Math.max(state.deadlineMs, resumedAtMs + deadlinesMs[state.kind]);
}

/** Whether the rotation in flight is there to end a leaked key that the account still takes, or makes way for one that is. */
export function leakedKeyLives({ rotation, compromise }: Pick<AccountRow, 'rotation' | 'compromise'>): boolean {
  if (compromise !== null) return true;
  const state = rotation?.kind === 'suspended' ? rotation.from : rotation;
  if (state == null || state.compromised === null) return false;
  switch (state.kind) {
    case 'preparing':
    case 'regenerating':
    case 'cancelling':
      return true;
    case 'publishing':
    case 'probing':
    case 'switching':
    case 'overlapping':
    case 'retiring':
    case 'rolling-back':
      // A leaked key of the idle slot was regenerated before this.
      return state.compromised.slot !== state.idleSlot;
    case 'restocking':
    case 'confirming':
      return false;
  }
}
