import type { DiagnosisFacts } from '../diagnosis-facts.ts';
import { adoptFix, type Found, ok, problem, unknown } from '../finding.ts';
import { lockEvidence, unlockCommand } from './lasting-refusal.ts';

/** Whether the target's rotation stands, and why. */
export function rotation(facts: DiagnosisFacts): Found {
  const { status, target } = facts;
  if (status.kind === 'failed') return unknown('journal-unclear', { code: status.failure.code });
  const { kind, rotationId, reason, detail, lastFailure, whatToDo } = status.value;
  const isLocked = reason === 'resource-lock' || lastFailure === 'ScopeLocked';
  const evidence = { rotation: rotationId, reason, lastFailure, ...(isLocked ? lockEvidence(facts) : {}) };
  const command = isLocked ? unlockCommand(facts) : null;
  const at = `/api/targets/${target.name}`;
  switch (kind) {
    case 'none':
      return ok('no-rotation', evidence);
    case 'not-adopted':
      return problem('target-not-adopted', evidence, adoptFix(target));
    case 'in-flight':
      return { ...ok('rotation-goes-on', evidence), more: detail };
    case 'suspended': {
      const call = { method: 'POST', path: `${at}/rotations/${rotationId}/resume`, body: {} };
      return { ...problem('rotation-suspended', evidence, { text: whatToDo, call, command }), more: detail };
    }
    case 'overdue': {
      const call = { method: 'GET', path: at, body: null };
      return { ...problem('rotation-overdue', evidence, { text: whatToDo, call, command }), more: detail };
    }
  }
}
