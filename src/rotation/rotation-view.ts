import type { TargetPolicy } from '../keys/target.ts';
import type { Slot } from '../shared/slot.ts';
import { isLegal, legalActions, type OperatorAction } from './operator-actions.ts';
import { sentenceFor } from './reasons.ts';
import type { ActiveState, RotationEnd, RotationState } from './state.ts';

export type ActionPath = Exclude<OperatorAction, 'roll-back'> | 'rollback';

/** One rotation as the admin API shows it. Instants are ISO 8601 in UTC. */
export interface RotationView {
  readonly id: string;
  readonly target: string;
  /** A state of the protocol, `suspended`, or how it ended: `completed`, `rolled-back`, `cancelled`, `replaced`. */
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
  /** What may be asked of it now, in the words of the paths: `POST …/rotations/{id}/{action}`. */
  readonly actions: readonly ActionPath[];
  /** Who set the overlap that is in force, and why. */
  readonly overlapSetBy: string;
  readonly overlapWhy: string;
  /** Who keeps the overlap from ending, since when and why. */
  readonly held: { readonly by: string; readonly why: string; readonly since: string } | null;
  /** The slot whose key leaked, where that is what the rotation is for. */
  readonly compromisedSlot: Slot | null;
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
  const held = rotation.kind === 'overlapping' ? rotation.held : null;
  const isWaitedFor = rotation.kind === 'suspended' || held !== null;
  const reason = rotation.kind === 'suspended' ? rotation.reason : rotation.waiting;
  return {
    ...commonView(state, target, probe),
    state: rotation.kind,
    reason,
    because: reason === null ? null : sentenceFor(reason),
    stateSince: iso(rotation.kind === 'suspended' ? rotation.sinceMs : state.stateSinceMs),
    deadline: isWaitedFor ? null : iso(state.kind === 'confirming' ? state.giveUpAtMs : state.deadlineMs),
    wakesAt: isWaitedFor || wakeAtMs === null ? null : iso(wakeAtMs),
    rollbackUntil: isLegal('roll-back', rotation) && 'overlapUntilMs' in state ? iso(state.overlapUntilMs) : null,
    actions: legalActions(rotation).map((action) => (action === 'roll-back' ? 'rollback' : action)),
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
    actions: [],
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
    overlapSetBy: state.overlap.by,
    overlapWhy: state.overlap.why,
    held:
      state.kind === 'overlapping' && state.held !== null
        ? { by: state.held.by, why: state.held.why, since: iso(state.held.atMs) }
        : null,
    compromisedSlot: state.compromised?.slot ?? null,
    attempts: state.attempts,
    lastFailure: state.lastFailure?.code ?? null,
    probe,
  };
}

function iso(instantMs: number): string {
  return new Date(instantMs).toISOString();
}
