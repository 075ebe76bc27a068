import type { Stepped } from '../posture/work-posture.ts';
import type { KeylessChange, KeylessFailure, KeylessState } from './keyless-state.ts';

/** Goes on with another step. */
export function enter(
  state: KeylessState,
  change: KeylessChange,
  at: KeylessChange['at'],
  nowMs: number,
): Stepped<KeylessState> {
  return { kind: 'go-on', state: { ...state, change: { ...change, at, stepSinceMs: nowMs, tries: 0, waiting: null } } };
}

/** Comes again in `forMs`. */
export function pause(
  state: KeylessState,
  change: KeylessChange,
  waiting: NonNullable<KeylessChange['waiting']>,
  forMs: number,
): Stepped<KeylessState> {
  return { kind: 'rest', state: { ...state, change: { ...change, waiting, tries: change.tries + 1 } }, forMs };
}

type Outcome = NonNullable<KeylessState['last']>['outcome'];

/** The change is over. */
export function end(
  state: KeylessState,
  { id, by, action }: KeylessChange,
  outcome: Outcome,
  reason: KeylessFailure | null,
  keyProof: 'refused' | 'not-tried' | null,
  nowMs: number,
): Stepped<KeylessState> {
  const offSinceMs = outcome === 'keys-on' || outcome === 'reverted' ? null : state.offSinceMs;
  const last = {
    id,
    by,
    endedAtMs: nowMs,
    outcome,
    reason,
    keyProof,
    ...(reason === null || action === undefined ? {} : { action }),
  };
  return { kind: 'done', state: { ...state, offSinceMs, change: null, last } };
}
