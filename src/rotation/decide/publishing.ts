import { readPointer } from '../../keys/read-pointer.ts';
import type { Fingerprint } from '../../shared/fingerprint.ts';
import { otherSlot } from '../../shared/slot.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import { enterCommon, publishedFields } from '../enter.ts';
import type { FactsOf } from '../facts.ts';
import type { StateOf } from '../state.ts';
import { storeNewKey } from './store-new-key.ts';

/** The new key goes into the idle slot's secret, while the pointer still stands elsewhere. */
export function decidePublishing(
  state: StateOf<'publishing'>,
  facts: FactsOf<'publishing'>,
  context: DecisionContext,
): Decision {
  const { vault } = facts;
  const { newSlot } = state;
  const pointer = readPointer(vault, context.instance);
  if (pointer.kind === 'unusable') return { kind: 'suspend', reason: pointer.reason };
  if (pointer.slot !== otherSlot(newSlot)) return { kind: 'suspend', reason: 'pointer-moved' };

  const secret = vault[newSlot];
  if (secret.kind === 'stored' && secret.print === state.newFingerprint) {
    return {
      kind: 'enter',
      state: {
        kind: 'probing',
        ...enterCommon(state, 'probing', context.nowMs),
        ...publishedFields(state),
        newSecretVersion: secret.version,
        accepted: 0,
        acceptedSinceMs: null,
      },
    };
  }
  const expected = {
    print: state.newFingerprint,
    instead: (newFingerprint: Fingerprint) => ({ ...state, newFingerprint }),
  };
  return storeNewKey(state, expected, secret, facts, context);
}
