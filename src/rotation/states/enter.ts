import type { DecisionContext } from '../decision.ts';
import { lifecycle } from '../lifecycle.ts';
import type { ActiveState, StateKind, States } from '../state.ts';

/** A state that is begun, or begun again: no failures yet, and nothing that it waits for. */
export const unhindered = { attempts: 0, lastFailure: null, waiting: null, retrying: null } as const;

/** A `preparing` that has not proved yet that it can write. */
export const nothingVerified: Pick<States['preparing'], 'vaultVerifiedAtMs' | 'writtenCopy' | 'verifiedCopies'> = {
  vaultVerifiedAtMs: null,
  writtenCopy: null,
  verifiedCopies: [],
};

/** The fields that every state carries, for a state that is entered now. @param restMs the wait that is its purpose */
export function enterCommon(from: ActiveState, kind: StateKind, nowMs: number, restMs = 0) {
  const { rotationId, cause, startedBy, startedAtMs, salt, overlap, newSlot, leaked, leftBehind } = from;
  return {
    rotationId,
    cause,
    startedBy,
    startedAtMs,
    salt,
    overlap,
    newSlot,
    leaked,
    leftBehind,
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

/** A new key, or one that somebody made meanwhile, waits to be stored. */
export function publishingWith(
  from: ActiveState,
  known: ReturnType<typeof publishedFields>,
  nowMs: number,
): States['publishing'] {
  return { kind: 'publishing', ...enterCommon(from, 'publishing', nowMs), ...known, firstLook: null, storedAtMs: null };
}

/** What a rotation knows since consumers were pointed at the new key. */
export function switchedFields(
  from: States['updating-copies' | 'overlapping' | 'retiring' | 'restocking' | 'rolling-back'],
) {
  const { fingerprintsBefore, versionsBefore, newFingerprint, followed, switchedAtVaultMs, readers } = from;
  return { fingerprintsBefore, versionsBefore, newFingerprint, followed, switchedAtVaultMs, readers };
}

type Switched = Omit<States['updating-copies'], keyof ReturnType<typeof enterCommon> | 'kind' | 'writtenCopy'>;

/** Consumers are pointed at the new key: the copies follow, if there are any, and the overlap runs meanwhile. */
export function beginOverlap(
  from: ActiveState,
  switched: Switched,
  { copies, nowMs }: Pick<DecisionContext, 'copies' | 'nowMs'>,
  restMs: number,
  held: States['overlapping']['held'] = null,
): States['updating-copies' | 'overlapping'] {
  return copies.some(({ name }) => !from.leftBehind.includes(name))
    ? { kind: 'updating-copies', ...enterCommon(from, 'updating-copies', nowMs), ...switched, writtenCopy: null }
    : { kind: 'overlapping', ...enterCommon(from, 'overlapping', nowMs, restMs), ...switched, held };
}
