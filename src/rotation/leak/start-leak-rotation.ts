import type { HistoryRow } from '../../durable/ports.ts';
import { secretNames, type Target } from '../../keys/target.ts';
import { otherSlot, type Slot } from '../../shared/slot.ts';
import type { AccountRow } from '../account-row.ts';
import { endedRow } from '../history-places.ts';
import type { RowChange } from '../owned-account.ts';
import { firstState } from '../requests/first-state.ts';
import { isKeyless } from '../requests/start-rotation.ts';
import type { ActiveState, LeakedKey, RotationEnd, SuspendedState } from '../state.ts';
import { cancellingFrom, isEarly } from '../states/cancelling-from.ts';
import { supersededBy, withMore } from '../states/superseded-by.ts';
import { carriedLeak, isLeaving, isOfOtherLeak, leakOf } from './leaked-keys.ts';

interface Begun {
  readonly row: RowChange;
  readonly history: readonly HistoryRow[];
}

/**
 * Begins the rotation that replaces a leaked key if nothing is in flight, or in place of a suspended one. One that
 * was suspended with a new key made is undone first; one that is being undone, whose pointer may have moved, or that
 * replaces the other leaked key, waits for a person. If consumers would be led to a key that has leaked itself, that
 * one is replaced first, and the pending one as soon as they have left it. Null: not now.
 */
export function startLeakRotation(row: AccountRow, target: Target, newId: () => string, nowMs: number): Begun | null {
  const { leak, rotation } = row;
  if (leak === null || (rotation !== null && rotation.kind !== 'suspended')) return null;
  // What takes no keys has none to replace: it begins when keys are on again.
  if (isKeyless(row, target)) return null;
  if (rotation !== null && !givesWay(rotation, leak.slot)) return null;
  const undoing =
    rotation !== null && isEarly(rotation.from) ? cancellingFrom(rotation.from, leak.by, nowMs, rotation.reason) : null;
  if (undoing !== null && undoing.before !== null) return { row: { rotation: undoing }, history: [] };

  const other = leakedRefuge(row, leak.slot);
  const leaked = carriedLeak(other ?? leak);
  const ids = { rotationId: other === null ? leak.rotationId : newId(), salt: newId() };
  const first = firstState(target, row, { ...ids, cause: 'leak', startedBy: leaked.by, leaked }, nowMs);
  const begun = { rotation: first, leak: other === null ? null : leak };
  if (rotation === null) return { row: begun, history: [] };
  const end: RotationEnd = { outcome: 'replaced', endedAtMs: nowMs, refusal: null, last: rotation.from };
  const superseded = withMore(row.superseded, supersededBy(rotation.from, secretNames(target)));
  return { row: { ...begun, lastEnd: end, superseded }, history: [endedRow(end)] };
}

/** The other slot's leak, if consumers would be led from the key in `slot` to that one; null: they would not. */
export function leakedRefuge({ leaks, lastSeen }: AccountRow, slot: Slot): LeakedKey | null {
  if (lastSeen?.pointer !== slot) return null;
  const other = leakOf(leaks, otherSlot(slot));
  return other === null || other.goneSinceMs !== null ? null : other;
}

/** Whether a suspended rotation gives way to a leaked key of `slot`; one that does not has to be resumed. */
export function givesWay(rotation: SuspendedState, slot: Slot): boolean {
  return !hasToGoOn(rotation.from, slot) && !isOfOtherLeak(rotation, slot);
}

/** Half undone, or consumers may have left the leaked key: only what goes on finds out, and leads nobody back to it. */
export function hasToGoOn(state: ActiveState, slot: Slot): boolean {
  if (state.kind === 'cancelling') return true;
  return state.kind === 'switching' && (state.sent?.what === 'pointer' || isLeaving(state, slot));
}
