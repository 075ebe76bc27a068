import type { AccountRow } from '../account-row.ts';
import { invalidateLastSeen } from '../invalidate-last-seen.ts';
import { leaksKeptBy } from '../leak/leaked-keys.ts';
import type { RowChange } from '../owned-account.ts';
import type { RequestRefusal } from '../reasons.ts';
import {
  type ActiveState,
  activeStateOf,
  type RotationState,
  rotationIdOf,
  type StateKind,
  type States,
  type SuspendedState,
} from '../state.ts';
import { copyReasons } from '../states/copies.ts';
import { pages } from '../states/pages.ts';
import { readOtherwise } from '../states/resumed.ts';
import type { Asked } from '../states/state-page.ts';
import { isLegal } from './operator-actions.ts';

type Request = NonNullable<AccountRow['operatorRequest']>;

/** Carries an operator's request into the row; null when there is none. One that is no longer legal is refused, and says so. */
export function applyOperatorRequest(row: AccountRow, nowMs: number): RowChange | null {
  const request = row.operatorRequest;
  if (request === null) return null;
  const { rotation } = row;
  const state =
    rotation === null || rotationIdOf(rotation) !== request.rotationId
      ? 'rotation-over'
      : carriedOut(row, request, rotation, nowMs);
  return typeof state === 'string'
    ? { operatorRequest: null, requestRefused: { action: request.action, reason: state, atMs: nowMs } }
    : { operatorRequest: null, requestRefused: null, rotation: state, ...unsureOfSeen(row) };
}

/** A suspension tells that consumers may have read something else: even if the very versions of before were restored since, they are young. */
function unsureOfSeen({ rotation, lastSeen }: AccountRow): RowChange {
  if (rotation?.kind === 'suspended' && copyReasons.has(rotation.reason)) return { copies: [] };
  if (rotation?.kind !== 'suspended' || !readOtherwise.has(rotation.reason) || lastSeen === null) return {};
  return { lastSeen: invalidateLastSeen(lastSeen) };
}

/** The state that a request leads to, or why it leads nowhere. */
function carriedOut(
  row: AccountRow,
  request: Request,
  rotation: RotationState,
  nowMs: number,
): ActiveState | RequestRefusal {
  const { action, by, atMs, overlapMs, leaveBehind = [] } = request;
  if (!isLegal(action, rotation)) return 'only-in';
  if (leaksKeptBy(action, rotation, row.leaks, request.confirm).length > 0) return 'key-leaked';
  if (rotation.kind === 'suspended' && action === 'expedite') {
    if (leaveBehind.length === 0) return 'no-copy-named';
    const from = without(rotation.from, leaveBehind, nowMs);
    return resume({ ...rotation, from }, nowMs);
  }
  const suspendedFor = rotation.kind === 'suspended' ? rotation.reason : null;
  if (rotation.kind === 'suspended' && action === 'resume') return resume(rotation, nowMs);
  const { settleUntilMs } = row;
  const asked = { by, atMs, reason: request.reason ?? '', overlapMs, nowMs, settleUntilMs, suspendedFor };
  const state = without(activeStateOf(rotation), leaveBehind, nowMs);
  const next = effectOf(action, state, asked);
  // Only copies are left behind: the overlap stays as it is.
  return next === 'not-shorter' && leaveBehind.length > 0 ? state : next;
}

/** The state, which goes on without these copies: whether an overlap that waited for them is over is asked again. */
function without(state: ActiveState, copies: readonly string[], nowMs: number): ActiveState {
  if (copies.length === 0) return state;
  const left = { ...state, leftBehind: [...new Set([...state.leftBehind, ...copies])] };
  return left.kind === 'overlapping' ? { ...left, overlapUntilMs: nowMs } : left;
}

function effectOf<K extends StateKind>(
  action: Request['action'],
  state: States[K],
  asked: Asked,
): ActiveState | RequestRefusal {
  return pages[state.kind].asked[action]?.(state, asked) ?? 'only-in';
}

/** The state in which a suspended rotation goes on. */
export function resume<K extends StateKind>(
  { from, reason }: Pick<SuspendedState, 'reason'> & { readonly from: States[K] },
  nowMs: number,
): ActiveState {
  return pages[from.kind].resumed(from, reason, nowMs);
}
