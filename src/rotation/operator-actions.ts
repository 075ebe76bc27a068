import { otherSlot, type Slot } from '../shared/slot.ts';
import type { ActiveState, RotationState } from './state.ts';

/** What an operator may ask of a rotation. A leaked key (`compromise`) is told of its target, not of a rotation. */
export const operatorActions = ['cancel', 'roll-back', 'hold', 'release-hold', 'expedite', 'resume'] as const;

export type OperatorAction = (typeof operatorActions)[number];

/** Where a rotation stands, as far as it matters to what an operator may do, in the words that a refusal shows. */
export const places = {
  preparing: 'preparing',
  regenerating: 'regenerating',
  publishing: 'publishing',
  probing: 'probing',
  switching: 'switching before the pointer',
  'pointer-sent': 'switching once the pointer may have moved',
  overlapping: 'overlapping',
  held: 'overlapping while held',
  retiring: 'retiring until the old key is regenerated',
  'retiring-sent': 'retiring once the old key may be regenerated',
  restocking: 'restocking',
  confirming: 'confirming',
  'rolling-back': 'rolling-back',
  cancelling: 'cancelling',
  'suspended-early': 'suspended before the pointer',
  suspended: 'suspended',
} as const;

export type Place = keyof typeof places;

const early = ['preparing', 'regenerating', 'publishing', 'probing', 'switching'] as const satisfies readonly Place[];

/**
 * Where each action is legal. `hold` reaches as far as `roll-back`: an overlap that has just ended, but killed nothing
 * yet, goes on.
 */
export const legalIn: Readonly<Record<OperatorAction, readonly Place[]>> = {
  cancel: [...early, 'suspended-early'],
  'roll-back': ['overlapping', 'held', 'retiring'],
  hold: ['overlapping', 'retiring'],
  'release-hold': ['held'],
  expedite: ['overlapping', 'held'],
  resume: ['suspended-early', 'suspended'],
};

/** Where a leaked key of the slot that is being retired cannot be told: it is being replaced already, and nothing leads back. */
const replacingAlready: readonly Place[] = ['retiring-sent', 'restocking'];

/** Where a leaked key can be told, in words. */
export const compromiseLegalIn = [
  'any state but retiring, once the key may be regenerated, and restocking of that slot',
] as const;

/** The place of a rotation. */
export function placeOf(rotation: RotationState): Place {
  if (rotation.kind !== 'suspended') return activePlace(rotation);
  const from: Place = activePlace(rotation.from);
  return early.some((place) => place === from) ? 'suspended-early' : 'suspended';
}

/** Whether `action` is legal now. */
export function isLegal(action: OperatorAction, rotation: RotationState): boolean {
  return legalIn[action].includes(placeOf(rotation));
}

/** The actions that are legal now, in the order of the list. */
export function legalActions(rotation: RotationState): OperatorAction[] {
  return operatorActions.filter((action) => isLegal(action, rotation));
}

/** Where `action` is legal, in words. */
export function legalPlaces(action: OperatorAction): string[] {
  return legalIn[action].map((place) => places[place]);
}

/** Whether a leaked key of `slot` can be told now. */
export function isCompromiseLegal(slot: Slot, rotation: RotationState | null): boolean {
  if (rotation === null) return true;
  const state = rotation.kind === 'suspended' ? rotation.from : rotation;
  if (slot !== otherSlot(state.newSlot)) return true;
  return !replacingAlready.includes(activePlace(state));
}

function activePlace(state: ActiveState): Exclude<Place, 'suspended' | 'suspended-early'> {
  switch (state.kind) {
    case 'switching':
      return state.sent?.what === 'pointer' ? 'pointer-sent' : 'switching';
    case 'overlapping':
      return state.held === null ? 'overlapping' : 'held';
    case 'retiring':
      return state.sent === null ? 'retiring' : 'retiring-sent';
    default:
      return state.kind;
  }
}
