import { readPointer } from '../../keys/read-pointer.ts';
import { otherSlot, type Slot } from '../../shared/slot.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import type { FactsOf } from '../facts.ts';
import { staleBoundMs } from '../numbers.ts';
import type { ActiveState } from '../state.ts';
import { endpointWait } from './endpoint-wait.ts';
import { revalidated } from './revalidated.ts';

/**
 * A rotation that is resumed after people changed keys takes nothing for granted that it wrote down before. Once nothing
 * of ours can still arrive, two looks agree, the vault holds the account's key where consumers are pointed, and the
 * account takes it, that is what the rotation goes on from. Nothing is written here; where vault and account disagree, a
 * person repairs first.
 */
export function decideRevalidation(
  state: ActiveState,
  facts: FactsOf<'revalidation'>,
  context: DecisionContext,
): Decision {
  const { nowMs } = context;
  const { vault, keys, account, proof } = facts;
  if (nowMs < context.settleUntilMs)
    return { kind: 'wait', state, reason: 'settling', forMs: context.settleUntilMs - nowMs };
  if (account.internalId !== context.internalId) return { kind: 'suspend', reason: 'account-recreated' };
  if (account.localAuthDisabled) return { kind: 'suspend', reason: 'local-auth-disabled' };
  const pointer = readPointer(vault, context.instance);
  if (pointer.kind === 'unusable') return { kind: 'suspend', reason: pointer.reason };
  const { direct } = vault;
  const pointed = pointer.slot;
  if (!mayPointAt(state, pointed)) return { kind: 'suspend', reason: 'pointer-moved' };

  const first = state.revalidation?.first ?? null;
  const isSeenAgain = first !== null && first.prints.key1 === keys.key1 && first.prints.key2 === keys.key2;
  const seen = isSeenAgain ? first : { prints: { ...keys }, atMs: nowMs };
  const looking = { ...state, revalidation: { first: seen } };
  const restMs = seen.atMs + staleBoundMs - nowMs;
  if (restMs > 0) return { kind: 'wait', state: looking, reason: 'look-again', forMs: restMs };

  const secret = vault[pointed];
  if (secret.kind === 'absent') return { kind: 'suspend', reason: 'secret-missing' };
  if (secret.kind === 'disabled') return { kind: 'suspend', reason: 'secret-disabled' };
  if (secret.print !== keys[pointed]) return { kind: 'suspend', reason: 'vault-stale' };
  // Before the pointer the direct value may be a step ahead of it; the switch, or the undoing, sees to that.
  const directFollows = isAfterPointer(state, pointed);
  if (directFollows && direct !== null && (direct.kind !== 'stored' || direct.print !== secret.print))
    return { kind: 'suspend', reason: 'direct-stale' };
  if (proof.kind !== 'accepted') return endpointWait(looking, proof, context);
  return revalidated(state, pointed, facts, context);
}

/** Which slot the pointer may name: on the way between two, either. */
function mayPointAt(state: ActiveState, pointed: Slot): boolean {
  switch (state.kind) {
    case 'switching':
      return pointed === otherSlot(state.newSlot) || state.sent?.what === 'pointer';
    case 'rolling-back':
      return true;
    case 'overlapping':
    case 'retiring':
    case 'restocking':
    case 'confirming':
      return pointed === state.newSlot;
    default:
      return pointed === otherSlot(state.newSlot);
  }
}

function isAfterPointer(state: ActiveState, pointed: Slot): boolean {
  return pointed === state.newSlot || state.kind === 'rolling-back';
}
