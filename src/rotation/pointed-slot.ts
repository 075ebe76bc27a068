import { otherSlot, type Slot } from '../shared/slot.ts';
import type { AccountRow } from './account-row.ts';

/**
 * Where the pointer must stand by what the row knows; key1 where it knows nothing, as adoption has it. Between the two ends of a move either
 * slot serves consumers, since the old key lives: the old one is named then.
 */
export function pointedSlot({ rotation, lastSeen }: Pick<AccountRow, 'rotation' | 'lastSeen'>): Slot {
  if (rotation === null) return lastSeen?.pointer ?? 'key1';
  const state = rotation.kind === 'suspended' ? rotation.from : rotation;
  switch (state.kind) {
    case 'overlapping':
    case 'retiring':
    case 'restocking':
    case 'confirming':
      return state.idleSlot;
    default:
      return otherSlot(state.idleSlot);
  }
}
