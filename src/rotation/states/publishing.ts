import { secretNames } from '../../keys/target.ts';
import { readPointer, secretFact } from '../../keys/vault-snapshot.ts';
import type { DecisionContext, Enter } from '../decision.ts';
import { oldSlotOf, type States } from '../state.ts';
import { cancel } from './cancelling-from.ts';
import { enterCommon, publishedFields } from './enter.ts';
import { undo } from './leak.ts';
import { resumed } from './resumed.ts';
import { beforeAsFound, goesOn, leftBehind } from './revalidation.ts';
import type { StatePage } from './state-page.ts';
import { storeKey } from './steps/store-key.ts';
import { gatherStored, type StoredFacts, storeNewKey } from './store-new-key.ts';

/** `read-back`: its own store. Nothing is written on that; who is pointed where, `switching` reads. */
type PublishingFacts = StoredFacts | { readonly kind: 'read-back'; readonly version: string };

/** The new key goes into the new slot's secret, while the pointer still stands elsewhere. */
export const publishing: StatePage<'publishing', PublishingFacts> = {
  async gather(session, { salt, newSlot, newFingerprint, storedAtMs }, mode) {
    if (mode === 'lean' && storedAtMs !== null) {
      const secret = secretFact(await session.secret(secretNames(session.target)[newSlot]), salt);
      if (secret.kind === 'stored' && secret.fingerprint === newFingerprint)
        return { kind: 'read-back', version: secret.version };
    }
    return await gatherStored(session, salt, { slot: newSlot, fingerprint: newFingerprint }, mode);
  },

  decide(state, facts, context) {
    const { newSlot, newFingerprint, fingerprintsBefore } = state;
    const oldSlot = oldSlotOf(state);
    if (facts.kind === 'read-back') return proving(state, facts.version, context);
    const pointer = readPointer(facts.vault, context.instance);
    if (pointer.kind === 'unusable') return { kind: 'suspend', reason: pointer.reason };
    if (pointer.slot !== oldSlot) return { kind: 'suspend', reason: 'pointer-moved' };
    if (facts.kind === 'stored') return proving(state, facts.version, context);
    const instead = (fingerprint: typeof newFingerprint) => ({ ...state, newFingerprint: fingerprint });
    const expected = { slot: newSlot, fingerprint: newFingerprint };
    return storeNewKey<'publishing'>(state, expected, fingerprintsBefore[oldSlot], instead, facts, context);
  },

  perform: storeKey,
  asked: { cancel },
  preemptForLeak: (state, leak, _leaks, context) => undo(state, leak, context),
  resumed,
  revalidated: (state, found, context) =>
    goesOn({ ...state, ...beforeAsFound(state, found), firstLook: null }, leftBehind(state, found, context)),
};

function proving(
  state: States['publishing'],
  newSecretVersion: string,
  { nowMs }: DecisionContext,
): Enter<States['probing']> {
  return {
    kind: 'enter',
    state: {
      kind: 'probing',
      ...enterCommon(state, 'probing', nowMs),
      ...publishedFields(state),
      newSecretVersion,
      accepted: 0,
      acceptedSinceMs: null,
    },
  };
}
