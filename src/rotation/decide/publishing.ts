import { takenOver } from '../../keys/ownership-tags.ts';
import { otherSlot } from '../../shared/slot.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import { enterCommon, publishedFields } from '../enter.ts';
import type { FactsOf } from '../facts.ts';
import { staleBoundMs, triesForDeleted } from '../numbers.ts';
import type { StateOf } from '../state.ts';
import { keyToStore } from './key-to-store.ts';
import { storeAgainLater } from './store-again-later.ts';

/** The new key goes into the idle slot's secret, while the pointer still stands elsewhere. */
export function decidePublishing(
  state: StateOf<'publishing'>,
  facts: FactsOf<'publishing'>,
  context: DecisionContext,
): Decision {
  const { vault, keys } = facts;
  const { idleSlot } = state;
  if (takenOver(vault, context.instance)) return { kind: 'suspend', reason: 'taken-over' };
  if (vault.pointer.kind === 'stored' && vault.pointer.value !== otherSlot(idleSlot))
    return { kind: 'suspend', reason: 'pointer-moved' };
  if (vault.pointer.kind === 'absent') return { kind: 'suspend', reason: 'pointer-missing' };
  if (vault.pointer.kind === 'disabled') return { kind: 'suspend', reason: 'pointer-disabled' };

  const secret = vault[idleSlot];
  if (secret.kind === 'stored' && secret.print === state.newPrint) {
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
  if (keys === null) return { kind: 'wait', state, reason: 'look-again', forMs: 0 };
  if (keys[otherSlot(idleSlot)] !== state.printsBefore[otherSlot(idleSlot)])
    return { kind: 'suspend', reason: 'out-of-band-regenerated' };
  const toStore = keyToStore(
    idleSlot,
    state.newPrint,
    state.printsBefore[idleSlot],
    keys,
    state.firstLook,
    context.nowMs,
  );
  switch (toStore.kind) {
    case 'store':
      // The vault does not take the name: its secret lies deleted, and only a person recovers or purges it.
      if (secret.kind === 'absent' && state.attempts >= triesForDeleted)
        return { kind: 'suspend', reason: 'secret-missing' };
      if (state.storedAtMs !== null) return storeAgainLater(state, context);
      return { kind: 'step', step: { kind: 'store-key', state, slot: idleSlot } };
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
      return { kind: 'note', state: { ...state, newPrint: toStore.print, firstLook: null } };
  }
}
