import type { AccountRow } from './account-row.ts';
import { enterCommon, switchedFields } from './enter.ts';
import { deadlinesMs } from './numbers.ts';
import type { RowChange } from './ownership/owned-account.ts';
import type { ActiveState, RotationState } from './state.ts';

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
      return { operatorRequest: null, requestRefused: null, rotation: resumed(rotation.from, nowMs) };
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

/** A resumed state begins like a fresh one: every state starts with a look, and a saved intent is looked after, never repeated. */
function resumed(from: ActiveState, nowMs: number): ActiveState {
  const patienceMs = from.kind === 'confirming' ? 0 : deadlinesMs[from.kind];
  const again = {
    ...from,
    stateSinceMs: nowMs,
    deadlineMs: nowMs + patienceMs,
    attempts: 0,
    lastFailure: null,
    waiting: null,
  };
  return again.kind === 'probing' ? { ...again, accepted: 0, acceptedSinceMs: null } : again;
}

export function rotationIdOf(rotation: RotationState): string {
  return rotation.kind === 'suspended' ? rotation.from.rotationId : rotation.rotationId;
}
