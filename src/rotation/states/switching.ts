import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import { readPointer, type SlotSnapshot } from '../../keys/vault-snapshot.ts';
import { isLeaving } from '../leak/leaked-keys.ts';
import { vaultRoundingMs } from '../numbers.ts';
import { oldSlotOf } from '../state.ts';
import { cancel } from './cancelling-from.ts';
import { beginOverlap, publishedFields, publishingWith } from './enter.ts';
import { keysStale, keyToStore } from './key-to-store.ts';
import { undo, undoOrReplaceFirst } from './leak.ts';
import { resumed } from './resumed.ts';
import { overlapFrom, publishFrom } from './revalidation.ts';
import type { StatePage } from './state-page.ts';
import { storeDirect } from './steps/store-direct.ts';
import { storePointer } from './steps/store-pointer.ts';
import { settling } from './waits.ts';

interface SwitchingFacts {
  /** With the new key. */
  readonly vault: SlotSnapshot;
  readonly keys: KeyFingerprints;
}

/** Direct-value secret first, pointer last, each only while the proved key is still the account's current one. */
export const switching: StatePage<'switching', SwitchingFacts> = {
  async gather(session, { salt, newSlot, sent }, mode) {
    if (mode === 'fresh') {
      const [vault, keys] = await Promise.all([session.readVaultOf(newSlot, salt), session.currentKeys(salt)]);
      return { vault, keys };
    }
    // Nobody is pointed at a key of which only its own store has said that it stands.
    const read = sent === null ? session.readVaultOf : session.vaultOf;
    return { vault: await read(newSlot, salt), keys: await session.currentKeys(salt) };
  },

  decide(state, { vault, keys }, context) {
    const { nowMs } = context;
    const { newSlot, newFingerprint, fingerprintsBefore } = state;
    const oldSlot = oldSlotOf(state);
    const pointer = readPointer(vault, context.instance);
    if (pointer.kind === 'unusable') return { kind: 'suspend', reason: pointer.reason };

    if (keys[oldSlot] !== fingerprintsBefore[oldSlot]) return { kind: 'suspend', reason: 'out-of-band-regenerated' };
    const current = keyToStore(newSlot, newFingerprint, fingerprintsBefore[newSlot], keys, state.firstLook, nowMs);
    if (current.kind === 'recheck') {
      const { firstLook, forMs } = current;
      return { kind: 'wait', state: { ...state, firstLook }, reason: 'recheck', forMs };
    }
    if (current.kind === 'stale') return keysStale(state, 1_000, context);
    if (current.kind === 'is-now') {
      // A write of ours that may still arrive would give consumers the invalidated key while its successor is being proved.
      if (nowMs < context.settleUntilMs) return settling(state, context);
      // The proved key is dead before anybody was pointed at it: the slot's key of now is stored and proved instead.
      if (pointer.slot === newSlot) return { kind: 'suspend', reason: 'out-of-band-regenerated' };
      return {
        kind: 'enter',
        state: publishingWith(state, { ...publishedFields(state), newFingerprint: current.fingerprint }, nowMs),
      };
    }
    const secret = vault.key;
    if (secret.kind !== 'stored' || secret.fingerprint !== newFingerprint)
      return { kind: 'suspend', reason: 'secret-changed' };

    const { direct } = vault;
    if (direct !== null) {
      if (direct.kind !== 'stored') return { kind: 'suspend', reason: 'direct-stale' };
      if (direct.fingerprint !== newFingerprint) {
        if (direct.fingerprint !== fingerprintsBefore[oldSlot]) return { kind: 'suspend', reason: 'direct-stale' };
        return { kind: 'step', step: { kind: 'store-direct', state, slot: newSlot } };
      }
    }
    if (pointer.slot === oldSlot) return { kind: 'step', step: { kind: 'store-pointer', state, slot: newSlot } };

    // From now, not from the versions' own dates: a restored one would bring an old date along. The latest of the reads is
    // never before the earliest, so that something is left to rest.
    const switchedAtVaultMs = vault.seenByMs;
    const restMs = switchedAtVaultMs + vaultRoundingMs + state.overlap.ms - vault.vaultNowMs;
    const directVersion = direct?.version ?? null;
    const switched = {
      ...publishedFields(state),
      followed: { pointer: pointer.version, key: secret.version, direct: directVersion },
      switchedAtVaultMs,
      readers: null,
      overlapUntilMs: nowMs + restMs,
    };
    return {
      kind: 'enter',
      state: beginOverlap(state, switched, context, restMs),
      row: {
        lastSeen: {
          pointer: newSlot,
          versions: {
            // If the old key's secret was stored again meanwhile, the next gate finds it otherwise, and waits.
            ...state.versionsBefore,
            pointer: pointer.version,
            [newSlot]: secret.version,
            direct: directVersion,
          },
          sinceMs: switchedAtVaultMs,
        },
      },
    };
  },

  perform: (session, step, aid) =>
    step.kind === 'store-direct' ? storeDirect(session, step, aid) : storePointer(session, step, aid),

  // A pointer that may have moved goes on until that is known: if a look shows that it has not, and nothing may still
  // arrive, consumers are not led to a new key that has leaked meanwhile.
  insteadOf: (step, leak, context) =>
    step.kind === 'store-pointer' && step.slot === leak.slot ? undo(step.state, leak, context) : null,

  asked: { cancel },

  preemptForLeak: (state, leak, leaks, context) =>
    state.sent?.what === 'pointer' || isLeaving(state, leak.slot)
      ? null
      : undoOrReplaceFirst(state, leak, leaks, context),

  resumed,
  revalidated: (state, found, context) =>
    found.pointed === state.newSlot ? overlapFrom(state, found, context) : publishFrom(state, found, context),
};
