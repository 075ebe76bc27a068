import type { SecretFact } from '../../keys/vault-snapshot.ts';
import type { Fingerprint } from '../../shared/fingerprint.ts';
import { otherSlot } from '../../shared/slot.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import type { FactsOf } from '../facts.ts';
import { staleBoundMs, triesForDeleted } from '../numbers.ts';
import type { StateOf } from '../state.ts';
import { endpointWait } from './endpoint-wait.ts';
import { keyToStore } from './key-to-store.ts';
import { keysStale } from './keys-stale.ts';
import { storeAgainLater } from './store-again-later.ts';

/** A new key, as the rotation expects the account to have it. */
interface Expected<S> {
  /** `newFingerprint` of the idle slot while publishing, of the retired one while restocking. */
  readonly print: Fingerprint;
  /** The state that expects `print` instead. */
  readonly instead: (print: Fingerprint) => S;
}

/**
 * A new key goes into its slot's secret, which does not hold it yet: only while the account has it, and has kept the other
 * slot's key. A key that somebody made meanwhile takes its place. Where consumers may still read the secret, the account
 * must have accepted the key.
 */
export function storeNewKey<S extends StateOf<'publishing'> | StateOf<'restocking'>>(
  state: S,
  { print, instead }: Expected<S>,
  secret: SecretFact,
  { keys, proof }: FactsOf<'publishing'> | FactsOf<'restocking'>,
  context: DecisionContext,
): Decision {
  const slot = state.kind === 'publishing' ? state.newSlot : otherSlot(state.newSlot);
  const other = otherSlot(slot);
  const otherPrint = state.kind === 'publishing' ? state.fingerprintsBefore[other] : state.newFingerprint;
  if (keys === null) return { kind: 'wait', state, reason: 'look-again', forMs: 0 };
  if (keys[other] !== otherPrint) return { kind: 'suspend', reason: 'out-of-band-regenerated' };
  const toStore = keyToStore(slot, print, state.fingerprintsBefore[slot], keys, state.firstLook, context.nowMs);
  switch (toStore.kind) {
    case 'store':
      if (proof !== null && proof.kind !== 'accepted') return endpointWait(state, proof, context);
      // The vault does not take the name: its secret lies deleted, and only a person recovers or purges it.
      if (secret.kind === 'absent' && state.attempts >= triesForDeleted)
        return { kind: 'suspend', reason: 'secret-missing' };
      if (state.storedAtMs !== null) return storeAgainLater(state, context);
      return { kind: 'step', step: { kind: 'store-key', state, slot } };
    case 'stale':
      return keysStale(state, staleBoundMs, context);
    case 'look-again': {
      const { firstLook, forMs } = toStore;
      return { kind: 'wait', state: { ...state, firstLook }, reason: 'look-again', forMs };
    }
    case 'is-now':
      return { kind: 'note', state: { ...instead(toStore.print), firstLook: null } };
  }
}
