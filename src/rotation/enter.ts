import { deadlinesMs } from './numbers.ts';
import type { ActiveState, StateOf } from './state.ts';

type Kind = keyof typeof deadlinesMs;

/** The fields that every state carries, for a state that is entered now: a fresh deadline, no failures yet. */
export function enterCommon(from: ActiveState, kind: Kind, nowMs: number, restMs = 0) {
  const { rotationId, cause, startedBy, startedAtMs, salt, overlap, newSlot, compromised } = from;
  return {
    rotationId,
    cause,
    startedBy,
    startedAtMs,
    salt,
    overlap,
    newSlot,
    compromised,
    stateSinceMs: nowMs,
    deadlineMs: nowMs + restMs + deadlinesMs[kind],
    attempts: 0,
    lastFailure: null,
    waiting: null,
    retrying: null,
    revalidation: null,
  } as const;
}

/** What a rotation knows since its new key exists. */
export function publishedFields(from: StateOf<'publishing' | 'probing' | 'switching'>) {
  const { fingerprintsBefore, versionsBefore, newFingerprint } = from;
  return { fingerprintsBefore, versionsBefore, newFingerprint };
}

/** What a rotation knows since consumers were pointed at the new key. */
export function switchedFields(from: StateOf<'overlapping' | 'retiring' | 'restocking' | 'rolling-back'>) {
  const { fingerprintsBefore, versionsBefore, newFingerprint, followed, switchedAtVaultMs } = from;
  return { fingerprintsBefore, versionsBefore, newFingerprint, followed, switchedAtVaultMs };
}
