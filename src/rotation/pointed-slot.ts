import { otherSlot, type Slot } from '../shared/slot.ts';
import type { AccountRow } from './account-row.ts';
import { leakOf } from './compromise/leaked-keys.ts';

/**
 * Where the pointer must stand by what the row knows; key1 where it knows nothing, as adoption has it. Between the two ends of a move either
 * slot serves consumers, since the old key lives: the old one is named then, unless its key has leaked.
 */
export function pointedSlot({ rotation, lastSeen, leaks }: Pick<AccountRow, 'rotation' | 'lastSeen' | 'leaks'>): Slot {
  if (rotation === null) return lastSeen?.pointer ?? 'key1';
  const state = rotation.kind === 'suspended' ? rotation.from : rotation;
  switch (state.kind) {
    case 'overlapping':
    case 'retiring':
    case 'restocking':
    case 'confirming':
      return state.newSlot;
    case 'switching':
      if (state.sent !== null && leakOf(leaks, otherSlot(state.newSlot)) !== null) return state.newSlot;
      return otherSlot(state.newSlot);
    default:
      return otherSlot(state.newSlot);
  }
}
