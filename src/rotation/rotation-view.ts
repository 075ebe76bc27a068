import type { TargetPolicy } from '../keys/target.ts';
import type { Slot } from '../shared/slot.ts';
import { isLegal } from './operator-request.ts';
import { sentenceFor } from './reasons.ts';
import type { ActiveState, RotationEnd, RotationState } from './state.ts';

/** One rotation as the admin API shows it. Instants are ISO 8601 in UTC. */
export interface RotationView {
  readonly id: string;
  readonly target: string;
  /** A state of the protocol, `suspended`, or how it ended: `completed`, `rolled-back`. */
  readonly state: string;
  /** Why it is where it is: the closed reason, and its sentence. */
  readonly reason: string | null;
  readonly because: string | null;
  readonly cause: string;
  readonly startedAt: string;
  readonly stateSince: string;
  readonly deadline: string | null;
  /** When it goes on by itself; null when it is over, at work, or waits for a person. */
  readonly wakesAt: string | null;
  readonly idleSlotAtStart: Slot;
  readonly overlapSeconds: number;
  readonly overlapUntil: string | null;
  /** Until when `rollback` is possible at least; null when it is not. */
  readonly rollbackUntil: string | null;
  readonly attempts: number;
  readonly lastFailure: string | null;
  readonly probe: TargetPolicy['probe'];
  /** After the end: whether the retired key was seen refused. */
  readonly refusal: 'seen' | 'not-seen' | null;
  readonly endedAt: string | null;
}

/** A rotation in flight. */
export function viewRotation(
  rotation: RotationState,
  target: string,
  wakeAtMs: number | null,
  probe: TargetPolicy['probe'],
): RotationView {
  const state = rotation.kind === 'suspended' ? rotation.from : rotation;
  const reason = rotation.kind === 'suspended' ? rotation.reason : rotation.waiting;
  return {
    ...commonView(state, target, probe),
    state: rotation.kind,
    reason,
    because: reason === null ? null : sentenceFor(reason),
    stateSince: iso(rotation.kind === 'suspended' ? rotation.sinceMs : state.stateSinceMs),
    deadline:
      rotation.kind === 'suspended' ? null : iso(state.kind === 'confirming' ? state.giveUpAtMs : state.deadlineMs),
    wakesAt: rotation.kind === 'suspended' || wakeAtMs === null ? null : iso(wakeAtMs),
    rollbackUntil: isLegal('roll-back', rotation) && 'overlapUntilMs' in state ? iso(state.overlapUntilMs) : null,
    refusal: state.kind === 'confirming' ? state.refusal : null,
    endedAt: null,
  };
}

/** A rotation that is over. */
export function viewEnded(end: RotationEnd, target: string, probe: TargetPolicy['probe']): RotationView {
  return {
    ...commonView(end.last, target, probe),
    state: end.outcome,
    reason: null,
    because: null,
    stateSince: iso(end.endedAtMs),
    deadline: null,
    wakesAt: null,
    rollbackUntil: null,
    refusal: end.refusal,
    endedAt: iso(end.endedAtMs),
  };
}

function commonView(state: ActiveState, target: string, probe: TargetPolicy['probe']) {
  return {
    id: state.rotationId,
    target,
    cause: state.cause,
    startedAt: iso(state.startedAtMs),
    idleSlotAtStart: state.idleSlot,
    overlapSeconds: state.overlap.ms / 1000,
    overlapUntil: 'overlapUntilMs' in state ? iso(state.overlapUntilMs) : null,
    attempts: state.attempts,
    lastFailure: state.lastFailure?.code ?? null,
    probe,
  };
}

function iso(instantMs: number): string {
  return new Date(instantMs).toISOString();
}
