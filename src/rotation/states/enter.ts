import { lifecycle } from '../lifecycle.ts';
import type { ActiveState, StateKind, States } from '../state.ts';

/** A state that is begun, or begun again: no failures yet, and nothing that it waits for. */
export const unhindered = { attempts: 0, lastFailure: null, waiting: null, retrying: null } as const;

/** The fields that every state carries, for a state that is entered now. @param restMs the wait that is its purpose */
export function enterCommon(from: ActiveState, kind: StateKind, nowMs: number, restMs = 0) {
  const { rotationId, cause, startedBy, startedAtMs, salt, overlap, newSlot, leaked } = from;
  return {
    rotationId,
    cause,
    startedBy,
    startedAtMs,
    salt,
    overlap,
    newSlot,
    leaked,
    stateSinceMs: nowMs,
    deadlineMs: nowMs + restMs + lifecycle[kind].deadlineMs,
    ...unhindered,
    revalidation: null,
  } as const;
}

/** What a rotation knows since its new key exists. */
export function publishedFields(from: States['publishing' | 'probing' | 'switching']) {
  const { fingerprintsBefore, versionsBefore, newFingerprint } = from;
  return { fingerprintsBefore, versionsBefore, newFingerprint };
}

/** What a rotation knows since consumers were pointed at the new key. */
export function switchedFields(from: States['overlapping' | 'retiring' | 'restocking' | 'rolling-back']) {
  const { fingerprintsBefore, versionsBefore, newFingerprint, followed, switchedAtVaultMs } = from;
  return { fingerprintsBefore, versionsBefore, newFingerprint, followed, switchedAtVaultMs };
}
