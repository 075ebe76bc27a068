import { readPointer } from '../../keys/read-pointer.ts';
import { otherSlot } from '../../shared/slot.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import type { FactsOf } from '../facts.ts';
import { staleBoundMs } from '../numbers.ts';
import type { RowChange } from '../ownership/owned-account.ts';
import type { StateOf } from '../state.ts';
import { ofDirect, withMore } from '../superseded-by.ts';
import { endpointWait } from './endpoint-wait.ts';
import { seenIn } from './seen-in.ts';
import { storeAgainLater } from './store-again-later.ts';

/**
 * Undoes a rotation whose pointer was not moved: consumers of the direct-value secret get the old key back, once it is
 * proved, and the idle secret holds what the account has. A new key that was made stays; nothing is regenerated.
 */
export function decideCancelling(
  state: StateOf<'cancelling'>,
  facts: FactsOf<'untouched'> | FactsOf<'cancelling'>,
  context: DecisionContext,
): Decision {
  const { nowMs } = context;
  // What was sent before the request may still arrive: only what is seen afterwards counts.
  if (nowMs < context.settleUntilMs)
    return { kind: 'wait', state, reason: 'settling', forMs: context.settleUntilMs - nowMs };
  // Whoever cancels a first rotation may have found somebody at the idle key: the word is asked for again.
  if (facts.kind === 'untouched') return cancelled(state, nowMs, { firstRotationWordBy: null });

  const { vault, keys, account, before } = facts;
  const { newSlot } = state;
  const oldSlot = otherSlot(newSlot);
  const oldPrint = before.prints[oldSlot];
  const { direct } = vault;
  if (account.internalId !== context.internalId) return { kind: 'suspend', reason: 'account-recreated' };
  const pointer = readPointer(vault, context.instance);
  if (pointer.kind === 'unusable') return { kind: 'suspend', reason: pointer.reason };
  if (pointer.slot !== oldSlot) return { kind: 'suspend', reason: 'pointer-moved' };
  if (keys[oldSlot] !== oldPrint) return { kind: 'suspend', reason: 'out-of-band-regenerated' };
  const oldSecret = vault[oldSlot];
  if (oldSecret.kind !== 'stored' || oldSecret.print !== oldPrint) return { kind: 'suspend', reason: 'secret-changed' };

  const idlePrint = keys[newSlot];
  const first = state.firstLook?.print === idlePrint ? state.firstLook : { print: idlePrint, atMs: nowMs };
  const restMs = first.atMs + staleBoundMs - nowMs;
  if (restMs > 0) return { kind: 'wait', state: { ...state, firstLook: first }, reason: 'look-again', forMs: restMs };

  if (direct !== null && (direct.kind !== 'stored' || direct.print !== oldPrint)) {
    const idleSecret = vault[newSlot];
    const isOurs =
      direct.kind === 'stored' &&
      (direct.print === idlePrint || (idleSecret.kind === 'stored' && direct.print === idleSecret.print));
    if (!isOurs) return { kind: 'suspend', reason: 'direct-stale' };
    if (facts.proof === null) return { kind: 'wait', state, reason: 'look-again', forMs: staleBoundMs };
    if (facts.proof.kind !== 'accepted') return endpointWait(state, facts.proof, context);
    const superseded = withMore(state.superseded, ofDirect(context.secretNames, direct.version));
    return { kind: 'step', step: { kind: 'store-direct', state: { ...state, superseded }, slot: oldSlot } };
  }
  const idleSecret = vault[newSlot];
  if (idleSecret.kind !== 'stored' || idleSecret.print !== idlePrint) {
    const { inactiveProof } = facts;
    if (inactiveProof !== null && inactiveProof.kind !== 'accepted') {
      const wait = endpointWait(state, inactiveProof, context);
      return inactiveProof.kind === 'refused' ? { ...wait, reason: 'new-key-spreading' } : wait;
    }
    if (state.storedAtMs !== null) return storeAgainLater(state, context);
    return { kind: 'step', step: { kind: 'store-key', state, slot: newSlot } };
  }

  const { versions } = before;
  const names = context.secretNames;
  const leftovers = withMore(context.leftovers, [
    { name: names[newSlot], version: versions[newSlot] },
    ...ofDirect(names, versions.direct),
    ...state.superseded,
  ]);
  return cancelled(state, nowMs, { leftovers, lastSeen: seenIn(vault, oldSlot) });
}

function cancelled(state: StateOf<'cancelling'>, nowMs: number, row: RowChange): Decision {
  return { kind: 'end', end: { outcome: 'cancelled', endedAtMs: nowMs, refusal: null, last: state }, row };
}
