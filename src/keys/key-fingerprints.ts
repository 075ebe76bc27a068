import { type Fingerprint, fingerprint } from '../shared/fingerprint.ts';
import { otherSlot, type Slot } from '../shared/slot.ts';
import type { KeyPair } from './ports.ts';

/** Both keys of an account by fingerprint. */
export type KeyFingerprints = Readonly<Record<Slot, Fingerprint>>;

export function keyFingerprints(keys: KeyPair, salt: string): KeyFingerprints {
  return { key1: fingerprint(keys.key1, salt), key2: fingerprint(keys.key2, salt) };
}

/** What a look at the account says of a regenerate of one slot. */
export type RegenerateSeen =
  | { readonly kind: 'not-applied' }
  | { readonly kind: 'applied'; readonly newFingerprint: Fingerprint }
  | { readonly kind: 'somebody-else' };

/**
 * Compares the keys that the account has now with those from before a regenerate of `slot`. The other slot's key is
 * nobody's to change meanwhile: if it differs, somebody else is at work, whatever happened to `slot`.
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
