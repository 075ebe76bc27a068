import type { Slot } from '../../shared/slot.ts';
import { lifecycle, type OperatorAction, operatorActions, positionOf } from '../lifecycle.ts';
import { type ActiveState, activeStateOf, oldSlotOf, type RotationState, type StateKind } from '../state.ts';
import { copyReasons } from '../states/copies.ts';

/** Where a leaked key can be reported, in words. */
export const leakLegalIn = [
  'any state but retiring, once the key may be regenerated, and restocking of that slot',
] as const;

/** Whether `action` is legal now. */
export function isLegal(action: OperatorAction, rotation: RotationState): boolean {
  const isSuspended = rotation.kind === 'suspended';
  if (action === 'resume') return isSuspended;
  if (isSuspended && action === 'expedite') return copyReasons.has(rotation.reason);
  return (!isSuspended || action === 'cancel') && mayAsk(action, activeStateOf(rotation));
}

/** The actions that are legal now, in the order of the list. */
export function legalActions(rotation: RotationState): OperatorAction[] {
  return operatorActions.filter((action) => isLegal(action, rotation));
}

/** Where `action` is legal, in words. */
export function legalPlaces(action: OperatorAction): string[] {
  if (action === 'resume') return ['suspended'];
  const kinds = Object.keys(lifecycle) as StateKind[];
  const places = kinds.filter((kind) => isListed(action, kind)).map((kind) => placeOf(action, kind));
  if (action === 'expedite') return [...places, 'suspended for a copy'];
  return action === 'cancel' ? [...places, 'suspended before the pointer'] : places;
}

/** Whether a leaked key of `slot` can be reported now: not while it is being replaced already, and nothing leads back to it. */
export function isLeakLegal(slot: Slot, rotation: RotationState | null): boolean {
  if (rotation === null) return true;
  const state = activeStateOf(rotation);
  if (slot !== oldSlotOf(state)) return true;
  return positionOf(state).oldKey !== 'maybe-invalidated' && state.kind !== 'restocking';
}

/** Nothing is asked of a rotation any more once the write that leads on from its state may have left. */
function mayAsk(action: OperatorAction, state: ActiveState): boolean {
  if (!isListed(action, state.kind)) return false;
  if (state.kind === 'overlapping' && action === 'release-hold') return state.held !== null;
  // A person may want to hold it for longer than the target's policy does.
  if (state.kind === 'overlapping' && action === 'hold') return state.held === null || 'stragglers' in state.held;
  const row = lifecycle[state.kind];
  return !('onceSent' in row) || positionOf(state) !== row.onceSent;
}

function isListed(action: OperatorAction, kind: StateKind): boolean {
  const may: readonly OperatorAction[] = lifecycle[kind].may;
  return may.includes(action);
}

function placeOf(action: OperatorAction, kind: StateKind): string {
  switch (kind) {
    case 'switching':
      return 'switching before the pointer';
    case 'retiring':
      return 'retiring until the old key is regenerated';
    case 'overlapping':
      if (action === 'hold') return 'overlapping unless held by a person';
      return action === 'release-hold' ? 'overlapping while held' : kind;
    default:
      return kind;
  }
}
