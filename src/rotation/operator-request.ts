import type { AccountRow } from './account-row.ts';
import { enterCommon, switchedFields } from './enter.ts';
import { confirmingMs, deadlinesMs } from './numbers.ts';
import type { RowChange } from './ownership/owned-account.ts';
import type { SuspendReason } from './reasons.ts';
import type { ActiveState, RotationState, StateOf } from './state.ts';

export type OperatorAction = 'roll-back' | 'resume';

/** Where each operator action is legal, in the words that a refusal shows. */
export const legalIn: Record<OperatorAction, string> = {
  'roll-back': 'overlapping, and retiring until the old key is regenerated',
  resume: 'suspended',
};

/** Whether `action` is legal now. */
export function isLegal(action: OperatorAction, rotation: RotationState): boolean {
  switch (action) {
    case 'roll-back':
      return rotation.kind === 'overlapping' || (rotation.kind === 'retiring' && rotation.sent === null);
    case 'resume':
      return rotation.kind === 'suspended';
  }
}

/** Carries an operator's request into the row; null when there is none. One that is no longer legal is refused, and says so. */
export function applyOperatorRequest(row: AccountRow, nowMs: number): RowChange | null {
  const request = row.operatorRequest;
  if (request === null) return null;
  const refused = (reason: string): RowChange => ({
    operatorRequest: null,
    requestRefused: { action: request.action, reason, atMs: nowMs },
  });
  const { rotation } = row;
  if (rotation === null || rotationIdOf(rotation) !== request.rotationId) return refused('rotation-over');
  if (!isLegal(request.action, rotation)) return refused(`only-in: ${legalIn[request.action]}`);
  switch (rotation.kind) {
    case 'suspended':
      return { operatorRequest: null, requestRefused: null, rotation: resumed(rotation, nowMs) };
    case 'overlapping':
    case 'retiring':
      return {
        operatorRequest: null,
        requestRefused: null,
        rotation: {
          kind: 'rolling-back',
          ...enterCommon(rotation, 'rolling-back', nowMs),
          ...switchedFields(rotation),
          overlapUntilMs: rotation.overlapUntilMs,
          requestedBy: request.by,
          sent: null,
        },
      };
    default:
      return refused(`only-in: ${legalIn[request.action]}`);
  }
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
function resumed({ from, reason }: StateOf<'suspended'>, nowMs: number): ActiveState {
  const again = { ...from, stateSinceMs: nowMs, deadlineMs: nowMs + patienceMs(from, nowMs), ...fresh };
  switch (again.kind) {
    case 'probing':
      return { ...again, accepted: 0, acceptedSinceMs: null };
    case 'confirming':
      return { ...again, giveUpAtMs: nowMs + confirmingMs };
    case 'overlapping':
    case 'retiring':
      if (!readOtherwise.has(reason) || (again.kind === 'retiring' && again.sent !== null)) return again;
      // A restore brings back even the very versions that were followed: the overlap starts anew, whatever stands now.
      return {
        kind: 'overlapping',
        ...enterCommon(again, 'overlapping', nowMs),
        ...switchedFields(again),
        followed: { ...again.followed, pointer: 'none' },
        overlapUntilMs: nowMs,
      };
    default:
      return again;
  }
}

const fresh = { attempts: 0, lastFailure: null, waiting: null } as const;

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
