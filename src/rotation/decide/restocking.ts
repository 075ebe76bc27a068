import { takenOver } from '../../keys/ownership-tags.ts';
import { otherSlot } from '../../shared/slot.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import { enterCommon, switchedFields } from '../enter.ts';
import type { FactsOf } from '../facts.ts';
import { confirmingMs, staleBoundMs, triesForDeleted } from '../numbers.ts';
import type { StateOf } from '../state.ts';
import { supersededBy } from '../superseded-by.ts';
import { keyToStore } from './key-to-store.ts';
import { storeAgainLater } from './store-again-later.ts';

/** The retired slot's new key goes into its secret, ready for the next rotation. */
export function decideRestocking(
  state: StateOf<'restocking'>,
  facts: FactsOf<'restocking'>,
  context: DecisionContext,
): Decision {
  const { vault, keys } = facts;
  const { nowMs } = context;
  const slot = otherSlot(state.idleSlot);
  if (takenOver(vault, context.instance)) return { kind: 'suspend', reason: 'taken-over' };
  if (vault.pointer.kind === 'absent') return { kind: 'suspend', reason: 'pointer-missing' };
  if (vault.pointer.kind === 'disabled') return { kind: 'suspend', reason: 'pointer-disabled' };
  if (vault.pointer.value !== state.idleSlot) return { kind: 'suspend', reason: 'pointer-moved' };

  const secret = vault[slot];
  if (secret.kind === 'stored' && secret.print === state.newIdlePrint) {
    return {
      kind: 'enter',
      state: {
        kind: 'confirming',
        ...enterCommon(state, 'restocking', nowMs),
        ...switchedFields(state),
        newIdlePrint: state.newIdlePrint,
        newIdleSecretVersion: secret.version,
        agreed: false,
        refusal: null,
        superseded: [...context.leftovers, ...supersededBy(state, context.secretNames)],
        giveUpAtMs: nowMs + confirmingMs,
      },
    };
  }
  if (keys === null) return { kind: 'wait', state, reason: 'look-again', forMs: 0 };
  if (keys[state.idleSlot] !== state.newPrint) return { kind: 'suspend', reason: 'out-of-band-regenerated' };
  const toStore = keyToStore(slot, state.newIdlePrint, state.printsBefore[slot], keys, state.firstLook, nowMs);
  switch (toStore.kind) {
    case 'store':
      // The vault does not take the name: its secret lies deleted, and only a person recovers or purges it.
      if (secret.kind === 'absent' && state.attempts >= triesForDeleted)
        return { kind: 'suspend', reason: 'secret-missing' };
      if (state.storedAtMs !== null) return storeAgainLater(state, context);
      return { kind: 'step', step: { kind: 'store-key', state, slot } };
    case 'stale':
      return { kind: 'wait', state, reason: 'keys-stale', forMs: staleBoundMs };
    case 'look-again':
      return {
        kind: 'wait',
        state: { ...state, firstLook: toStore.firstLook },
        reason: 'look-again',
        forMs: toStore.forMs,
      };
    case 'is-now':
      return { kind: 'note', state: { ...state, newIdlePrint: toStore.print, firstLook: null } };
  }
}
