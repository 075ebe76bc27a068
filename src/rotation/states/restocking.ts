import { readPointer } from '../../keys/vault-snapshot.ts';
import { confirmingMs } from '../numbers.ts';
import { oldSlotOf } from '../state.ts';
import { enterCommon, switchedFields } from './enter.ts';
import { followedAfter, resumed } from './resumed.ts';
import { restockFrom } from './revalidation.ts';
import type { StatePage } from './state-page.ts';
import { storeKey } from './steps/store-key.ts';
import { gatherStored, type StoredFacts, storeNewKey } from './store-new-key.ts';
import { supersededBy, withMore } from './superseded-by.ts';

/** The retired slot's new key goes into its secret, ready for the next rotation. */
export const restocking: StatePage<'restocking', StoredFacts> = {
  gather: (session, state, mode) =>
    gatherStored(session, state.salt, { slot: oldSlotOf(state), fingerprint: state.newInactiveFingerprint }, mode),

  decide(state, facts, context) {
    const { nowMs } = context;
    const { newInactiveFingerprint } = state;
    const pointer = readPointer(facts.vault, context.instance);
    if (pointer.kind === 'unusable') return { kind: 'suspend', reason: pointer.reason };
    if (pointer.slot !== state.newSlot) return { kind: 'suspend', reason: 'pointer-moved' };
    if (facts.kind === 'stored')
      return {
        kind: 'enter',
        state: {
          kind: 'confirming',
          ...enterCommon(state, 'confirming', nowMs),
          ...switchedFields(state),
          newInactiveFingerprint,
          newInactiveSecretVersion: facts.version,
          agreed: false,
          refusal: null,
          copyLooks: 0,
          superseded: withMore(context.superseded, supersededBy(state, context.secretNames)),
          giveUpAtMs: nowMs + confirmingMs,
        },
      };
    const instead = (fingerprint: typeof newInactiveFingerprint) => ({ ...state, newInactiveFingerprint: fingerprint });
    const expected = { slot: oldSlotOf(state), fingerprint: newInactiveFingerprint };
    return storeNewKey<'restocking'>(state, expected, state.newFingerprint, instead, facts, context);
  },

  perform: storeKey,
  // Nothing leads back any more, and the new key has to be stored first.
  asked: {},
  preemptForLeak: () => null,
  resumed: (state, reason, nowMs) =>
    resumed({ ...state, followed: followedAfter(state.followed, reason) }, reason, nowMs),
  revalidated: restockFrom,
};
