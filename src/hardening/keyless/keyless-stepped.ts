import { type Cause, noCause } from '../hardening-refusals.ts';
import { goOn, type Stepped } from '../run-hardening.ts';
import type { KeylessChange, KeylessEnd, KeylessState } from './keyless-state.ts';

/** Goes on with another step. */
export function enter(
  state: KeylessState,
  change: KeylessChange,
  at: KeylessChange['at'],
  nowMs: number,
): Stepped<KeylessState> {
  const next = { ...withoutCause(change), at, stepSinceMs: nowMs, tries: 0, sends: 0, sent: false, waiting: null };
  return goOn(state, next);
}

/** Comes again in `forMs`. */
export function pause(
  state: KeylessState,
  change: KeylessChange,
  waiting: NonNullable<KeylessChange['waiting']>,
  forMs: number,
  as: 'retry' | 'bounded' | 'planned' = 'retry',
): Stepped<KeylessState> {
  return { kind: 'rest', state: { ...state, change: { ...change, waiting, tries: change.tries + 1 } }, forMs, as };
}

/** The change is over. */
export function end(
  state: KeylessState,
  { id, by }: KeylessChange,
  outcome: NonNullable<KeylessState['last']>['outcome'],
  reason: KeylessEnd | null,
  keyProof: 'refused' | 'not-tried' | null,
  nowMs: number,
  cause: Cause = noCause,
): Stepped<KeylessState> {
  const offSinceMs = outcome === 'keys-on' || outcome === 'reverted' ? null : state.offSinceMs;
  const last = { id, by, endedAtMs: nowMs, outcome, reason, keyProof, ...cause };
  return { kind: 'done', state: { ...state, offSinceMs, change: null, last } };
}

/** A call that fails lacks nothing that an earlier one lacked, and a step that is entered has what the last one lacked. */
export function withoutCause({ action: _, ...change }: KeylessChange): KeylessChange {
  return { ...change, ...noCause };
}
