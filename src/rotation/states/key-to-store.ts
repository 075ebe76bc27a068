import { type KeyFingerprints, seeCurrency } from '../../keys/key-fingerprints.ts';
import type { Fingerprint } from '../../shared/fingerprint.ts';
import { backoffMs } from '../../shared/retry-pace.ts';
import type { Slot } from '../../shared/slot.ts';
import type { DecisionContext, Wait } from '../decision.ts';
import { staleBoundMs } from '../numbers.ts';
import type { ActiveState, States } from '../state.ts';
import { retryLater } from './waits.ts';

/** The first sight of a key that is neither the one expected nor the one from before. */
type FirstLook = { readonly fingerprint: Fingerprint; readonly atMs: number } | null;

export type KeyToStore =
  | { readonly kind: 'store' }
  | { readonly kind: 'stale' }
  /** A surprise, remembered; the second agreeing look decides. */
  | { readonly kind: 'recheck'; readonly firstLook: FirstLook; readonly forMs: number }
  /** Somebody regenerated the slot again: two looks agree that this is its key now. */
  | { readonly kind: 'is-now'; readonly fingerprint: Fingerprint };

/** Only a key that the account has now may be stored: an old one is stale, a third one must be seen twice. */
export function keyToStore(
  slot: Slot,
  expected: Fingerprint,
  before: Fingerprint,
  keys: KeyFingerprints,
  firstLook: FirstLook,
  nowMs: number,
): KeyToStore {
  switch (seeCurrency(slot, expected, before, keys)) {
    case 'current':
      return { kind: 'store' };
    case 'stale':
      return { kind: 'stale' };
    case 'third': {
      const print = keys[slot];
      if (firstLook?.fingerprint !== print)
        return { kind: 'recheck', firstLook: { fingerprint: print, atMs: nowMs }, forMs: staleBoundMs };
      const agedMs = nowMs - firstLook.atMs;
      return agedMs < staleBoundMs
        ? { kind: 'recheck', firstLook, forMs: staleBoundMs - agedMs }
        : { kind: 'is-now', fingerprint: print };
    }
  }
}

/** Azure still lists the key from before a regenerate: it is asked again, each time after a longer pause. */
export function keysStale<S extends ActiveState>(state: S, leastMs: number, { random }: DecisionContext): Wait<S> {
  const attempts = state.attempts + 1;
  const forMs = Math.max(leastMs, backoffMs('rotation', attempts, random));
  return { kind: 'wait', state: { ...state, attempts }, reason: 'keys-stale', forMs };
}

/** What was stored is not what stands: somebody writes the same secret. Each further try comes later than the one before. */
export function storeAgainLater<S extends States['publishing' | 'restocking' | 'cancelling']>(
  state: S,
  context: DecisionContext,
): Wait<S> {
  return retryLater({ ...state, storedAtMs: null }, { code: 'stored-key-gone' }, context);
}
