import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import { readPointer, type VaultSnapshot } from '../../keys/vault-snapshot.ts';
import type { DecisionContext, End, Note, Wait } from '../decision.ts';
import { carriedLeak, isOfOtherLeak, overlapOfLeak } from '../leak/leaked-keys.ts';
import { vaultRoundingMs } from '../numbers.ts';
import type { SuspendReason } from '../reasons.ts';
import { oldSlotOf, type States } from '../state.ts';
import { copyReasons } from './copies.ts';
import { beginOverlap, enterCommon, switchedFields } from './enter.ts';
import { followedAfter, readOtherwise, resumed } from './resumed.ts';
import type { Asked, Leak } from './state-page.ts';
import { supersededBy, withMore } from './superseded-by.ts';
import { settling } from './waits.ts';

/** Both keys live, and consumers have the new one: what the states have in common in which that is so. */
type Overlap = States['overlapping' | 'retiring'];
type Led = Overlap | States['updating-copies'];

export type FollowedVersions =
  | { readonly kind: 'same' }
  /** Another version with the right value: consumers may have seen something else in between, the overlap starts again. */
  | { readonly kind: 'renewed'; readonly followed: Overlap['followed']; readonly atVaultMs: number }
  | { readonly kind: 'wrong'; readonly reason: SuspendReason };

/** Whether consumers still follow exactly the versions that the switch wrote. */
export function followedVersions(state: Overlap, vault: VaultSnapshot, instance: string): FollowedVersions {
  const wrong = (reason: SuspendReason): FollowedVersions => ({ kind: 'wrong', reason });
  const { newSlot } = state;
  const pointer = readPointer(vault, instance);
  if (pointer.kind === 'unusable') return wrong(pointer.reason);
  const { direct } = vault;
  const key = vault[newSlot];
  if (pointer.slot !== newSlot) return wrong('pointer-moved');
  if (key.kind === 'absent') return wrong('secret-missing');
  if (key.kind === 'disabled') return wrong('secret-disabled');
  if (key.fingerprint !== state.newFingerprint) return wrong('secret-changed');
  if (direct !== null && (direct.kind !== 'stored' || direct.fingerprint !== state.newFingerprint))
    return wrong('direct-stale');

  const followed = { pointer: pointer.version, key: key.version, direct: direct?.version ?? null };
  const same =
    followed.pointer === state.followed.pointer &&
    followed.key === state.followed.key &&
    followed.direct === state.followed.direct;
  // A restore brings an old `created` back, so the overlap counts from now, not from the new version's own date.
  return same ? { kind: 'same' } : { kind: 'renewed', followed, atVaultMs: vault.seenByMs };
}

/** New slot: the key that consumers use. Old slot: untouched so far. */
export function bothKeysAsExpected(state: Led | States['rolling-back'], keys: KeyFingerprints): boolean {
  const oldSlot = oldSlotOf(state);
  return keys[state.newSlot] === state.newFingerprint && keys[oldSlot] === state.fingerprintsBefore[oldSlot];
}

/** The overlap begins again at versions that somebody else wrote. */
export function overlapAgain(
  state: Overlap,
  renewed: Extract<FollowedVersions, { kind: 'renewed' }>,
  nowMs: number,
): States['overlapping'] {
  const overlapUntilMs = nowMs + state.overlap.ms + vaultRoundingMs;
  return {
    ...overlappingWith(state, { held: null, overlapUntilMs }, nowMs),
    followed: renewed.followed,
    switchedAtVaultMs: renewed.atVaultMs,
    readers: null,
  };
}

/** A rollback that has moved nothing is given up: the overlap goes on as before. */
export function overlapOn(
  state: States['rolling-back'],
  context: DecisionContext,
): States['updating-copies' | 'overlapping'] {
  const { nowMs } = context;
  const restMs = Math.max(0, state.overlapUntilMs - nowMs);
  return beginOverlap(state, { ...switchedFields(state), overlapUntilMs: nowMs + restMs }, context, restMs);
}

/** An operator's `roll-back`. */
export function rollBack(state: Led, { by, nowMs }: Asked): States['rolling-back'] {
  return {
    kind: 'rolling-back',
    ...enterCommon(state, 'rolling-back', nowMs),
    ...switchedFields(state),
    overlapUntilMs: state.overlapUntilMs,
    requestedBy: by,
    sent: null,
    revalidation: state.revalidation,
  };
}

/** An operator's `hold`: an overlap that has just ended, but ended no key yet, goes on. */
export function hold(state: Overlap, { by, reason, atMs, nowMs }: Asked): States['overlapping'] {
  return overlappingWith(state, { held: { by, reason, atMs } }, nowMs);
}

/** The overlap goes on, changed, with a deadline that counts from its end. */
export function overlappingWith(
  state: Led,
  change: Pick<States['overlapping'], 'held'> &
    Partial<Pick<States['overlapping'], 'cause' | 'leaked' | 'overlap' | 'overlapUntilMs'>>,
  nowMs: number,
): States['overlapping'] {
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

/** Suspended for a copy, it leads the copies again. Suspended for what says that consumers read otherwise, it begins its overlap again: a restore brings back even the very versions that were followed. */
export function resumedOverlap<S extends Overlap>(
  state: S,
  reason: SuspendReason,
  nowMs: number,
  restMs: number,
): S | States['updating-copies' | 'overlapping'] {
  const again = resumed(state, reason, nowMs, restMs);
  if (copyReasons.has(reason))
    return {
      kind: 'updating-copies',
      ...enterCommon(again, 'updating-copies', nowMs),
      ...switchedFields(again),
      overlapUntilMs: state.overlapUntilMs,
      writtenCopy: null,
    };
  if (!readOtherwise.has(reason)) return again;
  return {
    ...overlappingWith(again, { held: state.kind === 'overlapping' ? state.held : null, overlapUntilMs: nowMs }, nowMs),
    followed: followedAfter(again.followed, reason),
    readers: null,
  };
}

/** A leaked key ends with the overlap, or the overlap is preempted for its rotation; null: it still has to end another one. */
export function preemptOverlap<S extends Overlap>(state: S, leak: Leak, context: DecisionContext) {
  if (isOfOtherLeak(state, leak.slot)) return null;
  return leak.slot === oldSlotOf(state) ? shorten(state, leak, context) : replace(state, context);
}

/** Consumers have left the leaked key already: only the overlap gets shorter. */
function shorten(state: Overlap, leak: Leak, { nowMs, settleUntilMs }: DecisionContext): Note<States['overlapping']> {
  const overlap = overlapOfLeak(state.overlap, leak);
  const overlapUntilMs = Math.max(nowMs, settleUntilMs, state.overlapUntilMs - (state.overlap.ms - overlap.ms));
  const change = { cause: 'leak', leaked: carriedLeak(leak), overlap, overlapUntilMs, held: null } as const;
  return { kind: 'note', row: { leak: null }, state: overlappingWith(state, change, nowMs) };
}

/** Both keys are alive and stored: the next rotation leads consumers back to the other one at once. */
export function replace<S extends Led>(
  state: S,
  context: DecisionContext,
): Wait<S> | End<'updating-copies' | 'overlapping' | 'retiring'> {
  const { nowMs } = context;
  if (nowMs < context.settleUntilMs) return settling(state, context);
  return {
    kind: 'end',
    end: { outcome: 'replaced', endedAtMs: nowMs, refusal: null, last: state },
    row: { superseded: withMore(context.superseded, supersededBy(state, context.secretNames)) },
  };
}
