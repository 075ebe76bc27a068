import { isFingerprintOf } from '../../shared/fingerprint.ts';
import type { SecretText } from '../../shared/secret-text.ts';
import { type Slot, slots } from '../../shared/slot.ts';
import type { KeySighting } from './key-sightings.ts';

/** Where a key stood, and what became of it. Instants by the storage service's clock. */
export interface IdentifiedKey {
  readonly slot: Slot;
  /** The first sighting: made then, or it stood there already. */
  readonly first: KeySighting;
  /** The last sighting of this very key. */
  readonly last: KeySighting;
  /** The first sighting of another key in its slot after that; null: it still stands there, as far as is known. */
  readonly replacedBy: KeySighting | null;
}

/**
 * The slots in which `key` stood, by what is known of an account's keys: one HMAC a salt.
 * @param sightings in any order
 */
export function identifyKey(key: SecretText, sightings: readonly KeySighting[]): readonly IdentifiedKey[] {
  const isIt = isFingerprintOf(key);
  return slots.flatMap((slot): IdentifiedKey[] => {
    const inSlot = sightings.filter((one) => one.slot === slot).toSorted((one, other) => one.atMs - other.atMs);
    const its = inSlot.filter(({ fingerprint: print, salt }) => isIt(print, salt));
    const [first] = its;
    const last = its.at(-1);
    if (first === undefined || last === undefined) return [];
    return [{ slot, first, last, replacedBy: inSlot[inSlot.indexOf(last) + 1] ?? null }];
  });
}
