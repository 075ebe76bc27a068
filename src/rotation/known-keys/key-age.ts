import { otherSlot, type Slot, slots } from '../../shared/slot.ts';
import type { AccountRow } from '../account-row.ts';
import { hasNewKey } from '../leak/leaked-keys.ts';
import { type ActiveState, activeStateOf } from '../state.ts';

/** Since when the keys in both slots have stood; null before adoption. */
export interface KeyAges {
  readonly bornMs: Readonly<Record<Slot, number>> | null;
  /** Keyturn made none of a slot's keys yet: they are as old at least, Azure does not tell how much older. */
  readonly areLowerBounds: boolean;
}

/**
 * When each key was made, as far as the journal says: from a rotation's start for the key made first, from the end of the
 * overlap for the other, so that an age is rather told too great than too small.
 */
export function keyAges(row: AccountRow): KeyAges {
  const { adoptedAtMs, lastDone, lastEnd, rotation } = row;
  if (adoptedAtMs === null) return { bornMs: null, areLowerBounds: true };
  const known = new Map<Slot, number>();
  // If the last end was another one's, the details of the last completed rotation are gone: its end stands for both.
  if (lastDone !== null) for (const slot of slots) known.set(slot, lastDone.atMs);
  const ended = lastEnd?.last ?? null;
  // A key that consumers were led to as it was is older than the rotation that did so.
  if (lastEnd?.outcome === 'completed' && ended !== null && !hasNewKey(ended)) known.set(ended.newSlot, adoptedAtMs);
  if (ended !== null) noteKeyAges(known, ended);
  if (rotation !== null) noteKeyAges(known, activeStateOf(rotation));
  const bornMs = { key1: known.get('key1') ?? adoptedAtMs, key2: known.get('key2') ?? adoptedAtMs };
  return { bornMs, areLowerBounds: known.size < 2 };
}

/** What a rotation made, by how far it got. */
function noteKeyAges(known: Map<Slot, number>, state: ActiveState): void {
  const { newSlot, startedAtMs, overlap } = state;
  if (hasNewKey(state)) known.set(newSlot, startedAtMs);
  if ('newInactiveFingerprint' in state) known.set(otherSlot(newSlot), state.switchedAtVaultMs + overlap.ms);
}
