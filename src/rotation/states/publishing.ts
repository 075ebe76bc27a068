import { readPointer } from '../../keys/read-pointer.ts';
import { isOfOtherLeak } from '../compromise/leaked-keys.ts';
import { oldSlotOf } from '../state.ts';
import { cancel } from './cancelling-from.ts';
import { enterCommon, publishedFields } from './enter.ts';
import { undo } from './leak.ts';
import { resumed } from './resumed.ts';
import { beforeAsFound, goesOn, leftBehind } from './revalidation.ts';
import type { StatePage } from './state-page.ts';
import { storeKey } from './steps/store-key.ts';
import { gatherStored, type StoredFacts, storeNewKey } from './store-new-key.ts';

/** The new key goes into the new slot's secret, while the pointer still stands elsewhere. */
export const publishing: StatePage<'publishing', StoredFacts> = {
  gather: (session, { salt, newSlot, newFingerprint }, mode) =>
    gatherStored(session, salt, { slot: newSlot, fingerprint: newFingerprint }, mode),

  decide(state, facts, context) {
    const { newSlot, newFingerprint, fingerprintsBefore } = state;
    const oldSlot = oldSlotOf(state);
    const pointer = readPointer(facts.vault, context.instance);
    if (pointer.kind === 'unusable') return { kind: 'suspend', reason: pointer.reason };
    if (pointer.slot !== oldSlot) return { kind: 'suspend', reason: 'pointer-moved' };
    if (facts.kind === 'stored')
      return {
        kind: 'enter',
        state: {
          kind: 'probing',
          ...enterCommon(state, 'probing', context.nowMs),
          ...publishedFields(state),
          newSecretVersion: facts.version,
          accepted: 0,
          acceptedSinceMs: null,
        },
      };
    const instead = (fingerprint: typeof newFingerprint) => ({ ...state, newFingerprint: fingerprint });
    const expected = { slot: newSlot, fingerprint: newFingerprint };
    return storeNewKey<'publishing'>(state, expected, fingerprintsBefore[oldSlot], instead, facts, context);
  },

  perform: storeKey,
  asked: { cancel },
  makeWay: (state, leak, _leaks, context) => (isOfOtherLeak(state, leak.slot) ? null : undo(state, leak, context)),
  resumed,
  revalidated: (state, found, context) =>
    goesOn({ ...state, ...beforeAsFound(state, found), firstLook: null }, leftBehind(state, found, context)),
};
