import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import type { ProbeAnswer } from '../../keys/ports.ts';
import { readPointer, type VaultSnapshot } from '../../keys/vault-snapshot.ts';
import { isOfOtherLeak } from '../leak/leaked-keys.ts';
import { oldSlotOf } from '../state.ts';
import { bothKeysAsExpected, overlapOn } from './overlap.ts';
import { proveStored, readAndProve } from './prove-stored.ts';
import { resumed } from './resumed.ts';
import { beforeAsFound, goesOn, leftBehind, overlapFrom, seenIn } from './revalidation.ts';
import type { StatePage } from './state-page.ts';
import { storeDirect } from './steps/store-direct.ts';
import { storePointer } from './steps/store-pointer.ts';
import { supersededBy, withMore } from './superseded-by.ts';
import { endpointWait, settling } from './waits.ts';

/** `proof`: of the old key. */
interface RollingBackFacts {
  readonly keys: KeyFingerprints;
  readonly vault: VaultSnapshot;
  readonly proof: ProbeAnswer;
}

/** Consumers go back to the old key, once it is proved alive: direct-value secret first, pointer last. */
export const rollingBack: StatePage<'rolling-back', RollingBackFacts> = {
  async gather(session, state, mode) {
    const { salt } = state;
    const oldSlot = oldSlotOf(state);
    if (mode === 'lean') {
      const vault = await session.readVault(salt);
      const proof = await proveStored(session, oldSlot);
      return { vault, proof, keys: await session.look(salt) };
    }
    const [{ vault, proof }, keys] = await Promise.all([readAndProve(session, salt, oldSlot), session.look(salt)]);
    return { vault, proof, keys };
  },

  decide(state, { vault, keys, proof }, context) {
    const { nowMs } = context;
    const { newSlot } = state;
    const oldSlot = oldSlotOf(state);
    const pointer = readPointer(vault, context.instance);
    if (pointer.kind === 'unusable') return { kind: 'suspend', reason: pointer.reason };
    const { direct } = vault;
    const oldFingerprint = state.fingerprintsBefore[oldSlot];
    const directIsBack = direct === null || (direct.kind === 'stored' && direct.fingerprint === oldFingerprint);

    if (pointer.slot === oldSlot && directIsBack) {
      if (nowMs < context.settleUntilMs) return settling(state, context);
      return {
        kind: 'end',
        end: { outcome: 'rolled-back', endedAtMs: nowMs, refusal: null, last: state },
        row: {
          lastSeen: seenIn(vault, oldSlot),
          superseded: withMore(context.superseded, supersededBy(state, context.secretNames)),
        },
      };
    }

    const oldSecret = vault[oldSlot];
    const oldKeyStands =
      bothKeysAsExpected(state, keys) && oldSecret.kind === 'stored' && oldSecret.fingerprint === oldFingerprint;
    if (!oldKeyStands || proof.kind === 'refused') {
      // Nothing has been moved yet: consumers stay with the new key, which works.
      if (pointer.slot === newSlot && state.sent === null)
        return {
          kind: 'enter',
          state: overlapOn(state, context),
          row: { requestRefused: { action: 'roll-back', reason: 'old-key-dead', atMs: nowMs } },
        };
      if (!oldKeyStands) return { kind: 'suspend', reason: 'out-of-band-regenerated' };
    }
    // Half of it is done, and the account still has the key: one node that refuses it does not leave it half done.
    if (proof.kind !== 'accepted') return endpointWait(state, proof, context);
    if (!directIsBack) return { kind: 'step', step: { kind: 'store-direct', state, slot: oldSlot } };
    return { kind: 'step', step: { kind: 'store-pointer', state, slot: oldSlot } };
  },

  perform: (session, step, aid) =>
    step.kind === 'store-direct' ? storeDirect(session, step, aid) : storePointer(session, step, aid),
  asked: {},

  // Asked for before anybody knew of the leak: if nothing of the rollback has been written yet, nobody is led back.
  preemptForLeak: (state, leak, _leaks, context) =>
    state.sent === null && leak.slot === oldSlotOf(state) && !isOfOtherLeak(state, leak.slot)
      ? {
          kind: 'note',
          row: { requestRefused: { action: 'roll-back', reason: 'key-leaked', atMs: leak.atMs } },
          state: overlapOn(state, context),
        }
      : null,

  resumed,

  revalidated(state, found, context) {
    const { nowMs } = context;
    if (found.pointed === oldSlotOf(state))
      return goesOn(
        { ...state, ...beforeAsFound(state, found), newFingerprint: found.keys[state.newSlot] },
        leftBehind(state, found, context),
      );
    const requestRefused = { action: 'roll-back', reason: 'old-key-dead', atMs: nowMs } as const;
    return overlapFrom(state, found, context, { requestRefused });
  },
};
