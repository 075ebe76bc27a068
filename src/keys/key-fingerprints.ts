import { type Fingerprint, fingerprint } from '../shared/fingerprint.ts';
import type { Slot } from '../shared/slot.ts';
import type { KeyPair } from './ports.ts';

/** Both keys of an account by fingerprint. */
export type KeyFingerprints = Readonly<Record<Slot, Fingerprint>>;

export function keyFingerprints(keys: KeyPair, salt: string): KeyFingerprints {
  return { key1: fingerprint(keys.key1, salt), key2: fingerprint(keys.key2, salt) };
}
