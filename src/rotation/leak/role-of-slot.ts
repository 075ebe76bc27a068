import type { Slot } from '../../shared/slot.ts';
import type { AccountRow } from '../account-row.ts';
import { isLastSeenInvalidated } from '../invalidate-last-seen.ts';
import { positionOf } from '../lifecycle.ts';
import { type ActiveState, activeStateOf, oldSlotOf } from '../state.ts';
import { isLeaving, leakOf } from './leaked-keys.ts';

/** What a leaked key is to consumers: they are pointed at it, they may still hold it, or neither. */
export const leakedRoles = ['active', 'left', 'inactive'] as const;

export type LeakedRole = (typeof leakedRoles)[number];

/** What the key in `slot` is to consumers, by the journal. If that cannot tell for certain, somebody may hold it. */
export function roleOfSlot(row: AccountRow, slot: Slot): LeakedRole {
  const { rotation, lastSeen } = row;
  const led = rotation === null ? null : ledTo(activeStateOf(rotation), row);
  if (led !== null) return led.to === slot ? 'active' : led.leaving;
  if (lastSeen === null) return 'left';
  if (lastSeen.pointer === slot) return 'active';
  return isLastSeenInvalidated(lastSeen) ? 'left' : 'inactive';
}

/** Since when consumers have been led away from it, by the vault's clock; null: that is still to come, or not known. */
export function leftSinceMs({ rotation, lastSeen, operatorRequest }: AccountRow, role: LeakedRole): number | null {
  if (lastSeen === null || isLastSeenInvalidated(lastSeen) || role === 'active') return null;
  if (role === 'inactive') return lastSeen.sinceMs;
  const state = activeStateOf(rotation);
  const hasLeft = state?.kind === 'updating-copies' || state?.kind === 'overlapping' || state?.kind === 'retiring';
  return hasLeft && operatorRequest?.action !== 'roll-back' ? lastSeen.sinceMs : null;
}

/** Where a rotation leads consumers, and what the other slot's key is to them; null: it has not changed what they read. */
function ledTo(
  state: ActiveState,
  { operatorRequest, directSecretName }: AccountRow,
): { readonly to: Slot; readonly leaving: 'left' | 'inactive' } | null {
  const { newSlot } = state;
  const oldSlot = oldSlotOf(state);
  const { consumers, oldKey } = positionOf(state);
  const isGoingBack = state.kind === 'rolling-back' || operatorRequest?.action === 'roll-back';
  // What stands is what was last seen.
  if (state.kind === 'confirming') return null;
  if (oldKey === 'invalidated') return { to: newSlot, leaving: 'inactive' };
  if (consumers !== 'old-slot') return { to: isGoingBack ? oldSlot : newSlot, leaving: 'left' };
  // The direct value goes ahead of the pointer, and is led back.
  const mayBeAhead = state.kind === 'switching' || (state.kind === 'cancelling' && state.before !== null);
  if (mayBeAhead && directSecretName !== null) return { to: oldSlot, leaving: 'left' };
  return state.kind === 'switching' || state.kind === 'cancelling' ? { to: oldSlot, leaving: 'inactive' } : null;
}

/**
 * Where the pointer must stand by what the row knows; key1 if it knows nothing, as adoption has it. Between the two ends of a move either
 * slot serves consumers, since the old key lives: the old one is named then, unless its key has leaked.
 */
export function pointedSlot({ rotation, lastSeen, leaks }: Pick<AccountRow, 'rotation' | 'lastSeen' | 'leaks'>): Slot {
  if (rotation === null) return lastSeen?.pointer ?? 'key1';
  const state = activeStateOf(rotation);
  const oldSlot = oldSlotOf(state);
  if (state.kind === 'switching' && isLeaving(state, oldSlot) && leakOf(leaks, oldSlot) !== null) return state.newSlot;
  return positionOf(state).consumers === 'new-slot' ? state.newSlot : oldSlot;
}
