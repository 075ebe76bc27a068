import type { CopyFact } from '../../keys/copies/copy.ts';
import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import { readPointer, type SlotSnapshot } from '../../keys/vault-snapshot.ts';
import { carriedLeak, isOfOtherLeak, overlapOfLeak } from '../leak/leaked-keys.ts';
import { vaultRoundingMs } from '../numbers.ts';
import { oldSlotOf } from '../state.ts';
import { afterSwitch, askCopies, gatherCopies, leavesCopies, suspendFor, unreadLeaked, writtenOver } from './copies.ts';
import { bothKeysAsExpected, overlappingWith, replace, rollBack } from './overlap.ts';
import { followedAfter, resumed } from './resumed.ts';
import { overlapFrom } from './revalidation.ts';
import type { StatePage } from './state-page.ts';
import { writeCopy } from './steps/write-copy.ts';

interface UpdatingCopiesFacts {
  /** With the new key. */
  readonly vault: SlotSnapshot;
  readonly keys: KeyFingerprints;
  readonly copies: readonly CopyFact[];
}

/**
 * Consumers who follow the pointer have the new key; those of the copies get it now, one copy after another, while both keys are
 * alive. A copy ages from the round that finds the key in it.
 */
export const updatingCopies: StatePage<'updating-copies', UpdatingCopiesFacts> = {
  async gather(session, state, mode) {
    const { salt, newSlot } = state;
    const read = mode === 'fresh' ? session.readVaultOf : session.vaultOf;
    const leaves = leavesCopies(state, oldSlotOf(state));
    const [vault, keys, copies] = await Promise.all([
      read(newSlot, salt),
      session.currentKeys(salt),
      gatherCopies(session, state, mode, leaves),
    ]);
    return { vault, keys, copies };
  },

  decide(state, { vault, keys, copies }, context) {
    const { nowMs } = context;
    const { newSlot, newFingerprint } = state;
    const pointer = readPointer(vault, context.instance);
    if (pointer.kind === 'unusable') return { kind: 'suspend', reason: pointer.reason };
    if (pointer.slot !== newSlot) return { kind: 'suspend', reason: 'pointer-moved' };
    if (vault.key.kind !== 'stored' || vault.key.fingerprint !== newFingerprint)
      return { kind: 'suspend', reason: 'secret-changed' };
    if (!bothKeysAsExpected(state, keys)) return { kind: 'suspend', reason: 'out-of-band-regenerated' };

    const unread = copies.find(({ kind }) => kind === 'unreadable');
    if (unread !== undefined) return unreadLeaked(state, unread.name, context);
    const answer = askCopies(copies, { ...afterSwitch(state), creates: true }, context);
    switch (answer.kind) {
      case 'behind': {
        const { name: copy } = answer;
        if (state.writtenCopy === copy) return writtenOver(state, copy, oldSlotOf(state), context);
        return { kind: 'step', step: { kind: 'write-copy', state, copy, slot: newSlot, fingerprint: newFingerprint } };
      }
      case 'blocked':
        return suspendFor(answer.name, answer.reason, nowMs);
      case 'young':
      case 'ready': {
        const restMs = state.switchedAtVaultMs + vaultRoundingMs + state.overlap.ms - vault.vaultNowMs;
        return {
          kind: 'enter',
          row: { copies: answer.seen },
          state: overlappingWith(state, { held: null, overlapUntilMs: nowMs + Math.max(0, restMs) }, nowMs),
        };
      }
    }
  },

  perform: (session, step, aid) => writeCopy(session, step, aid, oldSlotOf(step.state)),
  asked: { 'roll-back': rollBack },

  // Consumers have left the leaked key, but for those of the copies: these are given a try, and the overlap gets shorter.
  preemptForLeak(state, leak, _leaks, context) {
    if (isOfOtherLeak(state, leak.slot)) return null;
    if (leak.slot !== oldSlotOf(state)) return replace(state, context);
    const overlap = overlapOfLeak(state.overlap, leak);
    const overlapUntilMs = state.overlapUntilMs - (state.overlap.ms - overlap.ms);
    const leaked = carriedLeak(leak);
    return { kind: 'note', row: { leak: null }, state: { ...state, cause: 'leak', leaked, overlap, overlapUntilMs } };
  },

  // If consumers may have read otherwise meanwhile, the overlap begins again where it ends.
  resumed: (state, reason, nowMs) =>
    resumed({ ...state, followed: followedAfter(state.followed, reason) }, reason, nowMs),
  revalidated: (state, found, context) => overlapFrom(state, found, context),
};
