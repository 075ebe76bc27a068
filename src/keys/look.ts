import type { Fingerprint } from '../shared/fingerprint.ts';
import { otherSlot, type Slot } from '../shared/slot.ts';
import type { KeyFingerprints } from './key-fingerprints.ts';

/** What a look at the account says of a regenerate of one slot. */
export type RegenerateSeen =
  | { readonly kind: 'not-applied' }
  | { readonly kind: 'applied'; readonly newFingerprint: Fingerprint }
  | { readonly kind: 'somebody-else' };

/**
 * Compares the keys that the account has now with those from before a regenerate of `slot`. The other slot's key is
 * nobody's to change meanwhile: where it differs, somebody else is at work, whatever happened to `slot`.
 */
export function seeRegenerate(slot: Slot, before: KeyFingerprints, now: KeyFingerprints): RegenerateSeen {
  const other = otherSlot(slot);
  if (now[other] !== before[other]) return { kind: 'somebody-else' };
  return now[slot] === before[slot] ? { kind: 'not-applied' } : { kind: 'applied', newFingerprint: now[slot] };
}

/** What a look says of a key that is to be stored: `current` may be stored, `stale` is from before, `third` is a surprise. */
export function seeCurrency(
  slot: Slot,
  expected: Fingerprint,
  before: Fingerprint,
  now: KeyFingerprints,
): 'current' | 'stale' | 'third' {
  if (now[slot] === expected) return 'current';
  return now[slot] === before ? 'stale' : 'third';
}
