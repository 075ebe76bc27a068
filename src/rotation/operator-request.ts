import type { AccountRow } from './account-row.ts';
import { cancellingFrom } from './cancelling-from.ts';
import { leaksKeptBy } from './compromise/leaked-keys.ts';
import { enterCommon, switchedFields } from './enter.ts';
import { forgotten } from './forgotten.ts';
import { confirmingMs, deadlinesMs } from './numbers.ts';
import { isLegal } from './operator-actions.ts';
import type { RowChange } from './ownership/owned-account.ts';
import type { RequestRefusal, SuspendReason } from './reasons.ts';
import { revalidationAfter } from './revalidation-after.ts';
import type { ActiveState, RotationState, StateOf } from './state.ts';

/** Carries an operator's request into the row; null when there is none. One that is no longer legal is refused, and says so. */
export function applyOperatorRequest(row: AccountRow, nowMs: number): RowChange | null {
  const request = row.operatorRequest;
  if (request === null) return null;
  const { rotation } = row;
  const state =
    rotation === null || rotationIdOf(rotation) !== request.rotationId
      ? 'rotation-over'
      : (carriedOut(row, request, rotation, nowMs) ?? 'only-in');
  return typeof state === 'string'
    ? { operatorRequest: null, requestRefused: { action: request.action, reason: state, atMs: nowMs } }
    : { operatorRequest: null, requestRefused: null, rotation: state, ...unsureOfSeen(row) };
}

/** A suspension tells that consumers may have read something else: even where the very versions of before were restored since, they are young. */
function unsureOfSeen({ rotation, lastSeen }: AccountRow): RowChange {
  if (rotation?.kind !== 'suspended' || !readOtherwise.has(rotation.reason) || lastSeen === null) return {};
  return { lastSeen: forgotten(lastSeen) };
}

/** The state that a request leads to; null where it is not legal. */
function carriedOut(
  row: AccountRow,
  request: NonNullable<AccountRow['operatorRequest']>,
  rotation: RotationState,
  nowMs: number,
): ActiveState | RequestRefusal | null {
  const { action, by, atMs } = request;
  const why = request.why ?? '';
  if (!isLegal(action, rotation)) return null;
  if (leaksKeptBy(action, rotation, row.leaks, request.confirm).length > 0) return 'key-leaked';
  const state = rotation.kind === 'suspended' ? rotation.from : rotation;
  switch (action) {
    case 'resume':
      return rotation.kind === 'suspended' ? resumed(rotation, nowMs) : null;
    case 'cancel':
      return cancellingFrom(state, by, nowMs, rotation.kind === 'suspended' ? rotation.reason : null);
    case 'roll-back':
      if (state.kind !== 'overlapping' && state.kind !== 'retiring') return null;
      return {
        kind: 'rolling-back',
        ...enterCommon(state, 'rolling-back', nowMs),
        ...switchedFields(state),
        overlapUntilMs: state.overlapUntilMs,
        requestedBy: by,
        sent: null,
        revalidation: state.revalidation,
      };
    case 'hold':
      if (state.kind !== 'overlapping' && state.kind !== 'retiring') return null;
      return overlappingWith(state, { held: { by, why, atMs } }, nowMs);
    case 'release-hold':
      return state.kind === 'overlapping' ? overlappingWith(state, { held: null }, nowMs) : null;
    case 'expedite': {
      if (state.kind !== 'overlapping' || request.overlapMs === null) return null;
      const shorterMs = state.overlap.ms - request.overlapMs;
      if (shorterMs <= 0) return 'not-shorter';
      const overlap = { ms: request.overlapMs, by, why };
      const overlapUntilMs = Math.max(nowMs, row.settleUntilMs, state.overlapUntilMs - shorterMs);
      return overlappingWith(state, { overlap, overlapUntilMs, held: state.held }, nowMs);
    }
  }
}

/** The overlap goes on, changed, with a deadline that counts from its end. */
function overlappingWith(
  state: StateOf<'overlapping' | 'retiring'>,
  change: Pick<StateOf<'overlapping'>, 'held'> & Partial<Pick<StateOf<'overlapping'>, 'overlap' | 'overlapUntilMs'>>,
  nowMs: number,
): StateOf<'overlapping'> {
  const overlapUntilMs = change.overlapUntilMs ?? state.overlapUntilMs;
  return {
    kind: 'overlapping',
    ...enterCommon(state, 'overlapping', nowMs, Math.max(0, overlapUntilMs - nowMs)),
    ...switchedFields(state),
    overlapUntilMs,
    revalidation: state.revalidation,
    ...change,
  };
}

/** Reasons that say: consumers may have read something else meanwhile. */
const readOtherwise = new Set<SuspendReason>([
  'taken-over',
  'pointer-missing',
  'pointer-disabled',
  'pointer-invalid',
  'pointer-moved',
  'secret-missing',
  'secret-disabled',
  'secret-changed',
  'direct-stale',
]);

/** A resumed state begins like a fresh one: every state starts with a look, and a saved intent is looked after, never repeated. */
export function resumed({ from, reason }: StateOf<'suspended'>, nowMs: number): ActiveState {
  const revalidation = isWrittenDown(from) ? revalidationAfter(reason) : null;
  const again = { ...from, stateSinceMs: nowMs, deadlineMs: nowMs + patienceMs(from, nowMs), ...fresh, revalidation };
  switch (again.kind) {
    case 'probing':
      return { ...again, accepted: 0, acceptedSinceMs: null };
    case 'restocking':
      return { ...again, followed: followedAfter(again.followed, reason) };
    case 'confirming':
      return { ...again, followed: followedAfter(again.followed, reason), giveUpAtMs: nowMs + confirmingMs };
    case 'overlapping':
    case 'retiring':
      if (again.kind === 'retiring' && again.sent !== null)
        return { ...again, followed: followedAfter(again.followed, reason) };
      if (!readOtherwise.has(reason)) return again;
      // A restore brings back even the very versions that were followed: the overlap starts anew, whatever stands now.
      return {
        kind: 'overlapping',
        ...enterCommon(again, 'overlapping', nowMs),
        ...switchedFields(again),
        followed: { ...again.followed, pointer: 'none' },
        overlapUntilMs: nowMs,
        held: again.kind === 'overlapping' ? again.held : null,
        revalidation,
      };
    default:
      return again;
  }
}

/** What the next rotation's gate is to find unchanged: not a pointer that consumers may have read otherwise. */
function followedAfter(followed: StateOf<'confirming'>['followed'], reason: SuspendReason) {
  return readOtherwise.has(reason) ? { ...followed, pointer: 'none' } : followed;
}

/** Whether a state rests on keys that were written down before; the others begin with the whole gate. */
function isWrittenDown(state: ActiveState): boolean {
  if (state.kind === 'cancelling') return state.before !== null;
  return state.kind === 'regenerating' ? state.sent !== null : state.kind !== 'preparing';
}

const fresh = { attempts: 0, lastFailure: null, waiting: null, retrying: null } as const;

/** How long a resumed state has: beyond the wait that is its purpose. */
function patienceMs(from: ActiveState, nowMs: number): number {
  switch (from.kind) {
    case 'confirming':
      return confirmingMs;
    case 'preparing':
      return from.overlap.ms + deadlinesMs.preparing;
    case 'overlapping':
      return Math.max(0, from.overlapUntilMs - nowMs) + deadlinesMs.overlapping;
    default:
      return deadlinesMs[from.kind];
  }
}

export function rotationIdOf(rotation: RotationState): string {
  return rotation.kind === 'suspended' ? rotation.from.rotationId : rotation.rotationId;
}
