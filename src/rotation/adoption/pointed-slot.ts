import type { Slot } from '../../shared/slot.ts';
import type { AccountRow } from '../account-row.ts';
import { isLeaving, leakOf } from '../leak/leaked-keys.ts';
import { positionOf } from '../lifecycle.ts';
import { activeStateOf, oldSlotOf } from '../state.ts';

/**
 * Where the pointer must stand by what the row knows; key1 where it knows nothing, as adoption has it. Between the two ends of a move either
 * slot serves consumers, since the old key lives: the old one is named then, unless its key has leaked.
 */
export function pointedSlot({ rotation, lastSeen, leaks }: Pick<AccountRow, 'rotation' | 'lastSeen' | 'leaks'>): Slot {
  if (rotation === null) return lastSeen?.pointer ?? 'key1';
  const state = activeStateOf(rotation);
  const oldSlot = oldSlotOf(state);
  if (state.kind === 'switching' && isLeaving(state, oldSlot) && leakOf(leaks, oldSlot) !== null) return state.newSlot;
  return positionOf(state).consumers === 'new-slot' ? state.newSlot : oldSlot;
}
