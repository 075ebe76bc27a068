import { lifecycle } from '../lifecycle.ts';
import type { SuspendReason } from '../reasons.ts';
import type { ActiveState, States } from '../state.ts';
import { unhindered } from './enter.ts';
import { revalidationAfter } from './revalidation.ts';

/** Reasons that say: consumers may have read something else meanwhile. */
export const readOtherwise: ReadonlySet<SuspendReason> = new Set([
  'taken-over',
  'pointer-missing',
  'pointer-disabled',
  'pointer-invalid',
  'pointer-moved',
  'secret-missing',
  'secret-disabled',
  'secret-changed',
  'direct-stale',
]);

/**
 * A resumed state begins like a fresh one: every state starts with a look, and a saved intent is looked after, never repeated.
 * @param reason why it stood still; null if nothing is written down yet that people may have changed
 * @param restMs the wait that is the state's purpose
 */
export function resumed<S extends ActiveState>(state: S, reason: SuspendReason | null, nowMs: number, restMs = 0): S {
  const { deadlineMs } = lifecycle[state.kind];
  const begun = { stateSinceMs: nowMs, deadlineMs: nowMs + restMs + deadlineMs, ...unhindered };
  return { ...state, ...begun, revalidation: revalidationAfter(reason) };
}

/** What the next rotation's gate is to find unchanged: not a pointer that consumers may have read otherwise. */
export function followedAfter(followed: States['confirming']['followed'], reason: SuspendReason) {
  return readOtherwise.has(reason) ? { ...followed, pointer: 'none' } : followed;
}
