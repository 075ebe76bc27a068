import { withCode } from '../shared/failure.ts';
import { type MissingPermission, missingPermission, withMissing } from '../shared/missing-permission.ts';
import { refusalSentences, type SuspendReason, sentenceFor, type WaitReason } from './reasons.ts';
import type { RotationState } from './state.ts';

/** Why a rotation is where it is; both null while it works. */
interface WaitExplanation {
  readonly reason: WaitReason | SuspendReason | null;
  /** With Azure's code and what the identity lacks, where that is why. */
  readonly detail: string | null;
  readonly missing: MissingPermission | null;
}

export function explainWait(rotation: RotationState): WaitExplanation {
  const state = rotation.kind === 'suspended' ? rotation.from : rotation;
  const reason = rotation.kind === 'suspended' ? rotation.reason : rotation.waiting;
  if (reason === null) return { reason, detail: null, missing: null };
  // A state that goes on, or that something else holds up, has what it once lacked.
  const lastFailure = isOfLastFailure(reason) ? state.lastFailure : null;
  const missing = missingPermission(lastFailure?.action);
  return { reason, detail: withMissing(withCode(sentenceFor(reason), reason, lastFailure?.code), missing), missing };
}

/** Whether a rotation stands there because of the last failed call: nothing else may be told with what that call lacked. */
function isOfLastFailure(reason: WaitReason | SuspendReason): boolean {
  return (
    reason === 'retry-later' || reason === 'role-spreading' || reason in refusalSentences || /-overdue$/.test(reason)
  );
}
