import { readPointer } from '../../keys/read-pointer.ts';
import type { Fingerprint } from '../../shared/fingerprint.ts';
import { otherSlot } from '../../shared/slot.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import { enterCommon, switchedFields } from '../enter.ts';
import type { FactsOf } from '../facts.ts';
import { confirmingMs } from '../numbers.ts';
import type { StateOf } from '../state.ts';
import { supersededBy, withMore } from '../superseded-by.ts';
import { storeNewKey } from './store-new-key.ts';

/** The retired slot's new key goes into its secret, ready for the next rotation. */
export function decideRestocking(
  state: StateOf<'restocking'>,
  facts: FactsOf<'restocking'>,
  context: DecisionContext,
): Decision {
  const { vault } = facts;
  const { nowMs } = context;
  const slot = otherSlot(state.newSlot);
  const pointer = readPointer(vault, context.instance);
  if (pointer.kind === 'unusable') return { kind: 'suspend', reason: pointer.reason };
  if (pointer.slot !== state.newSlot) return { kind: 'suspend', reason: 'pointer-moved' };

  const secret = vault[slot];
  if (secret.kind === 'stored' && secret.print === state.newInactiveFingerprint) {
    return {
      kind: 'enter',
      state: {
        kind: 'confirming',
        ...enterCommon(state, 'restocking', nowMs),
        ...switchedFields(state),
        newInactiveFingerprint: state.newInactiveFingerprint,
        newInactiveSecretVersion: secret.version,
        agreed: false,
        refusal: null,
        superseded: withMore(context.leftovers, supersededBy(state, context.secretNames)),
        giveUpAtMs: nowMs + confirmingMs,
      },
    };
  }
  const expected = {
    print: state.newInactiveFingerprint,
    instead: (newInactiveFingerprint: Fingerprint) => ({ ...state, newInactiveFingerprint }),
  };
  return storeNewKey(state, expected, secret, facts, context);
}
