import { seeRegenerate } from '../../keys/look.ts';
import { otherSlot } from '../../shared/slot.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import type { FactsOf } from '../facts.ts';
import { staleBoundMs } from '../numbers.ts';
import type { StateOf } from '../state.ts';
import { afterRegenerate } from './after-regenerate.ts';

/**
 * After a regenerate whose outcome is not known: never again on a guess. "Unchanged" is believed only when the request
 * can no longer arrive, and only by two looks further apart than `listKeys` can be stale.
 */
export function decideLook(
  state: StateOf<'regenerating'> | StateOf<'retiring'>,
  facts: FactsOf<'look'>,
  context: DecisionContext,
): Decision {
  const { nowMs } = context;
  if (facts.account.internalId !== context.internalId) return { kind: 'suspend', reason: 'account-recreated' };
  const slot = state.kind === 'regenerating' ? state.newSlot : otherSlot(state.newSlot);
  const seen = seeRegenerate(slot, fingerprintsBefore(state), facts.keys);
  switch (seen.kind) {
    case 'somebody-else':
      return { kind: 'suspend', reason: 'out-of-band-regenerated' };
    case 'applied':
      return { kind: 'enter', state: afterRegenerate(state, seen.newFingerprint, nowMs) };
    case 'not-applied': {
      if (nowMs < context.settleUntilMs)
        return {
          kind: 'wait',
          state: { ...state, firstLook: null },
          reason: 'settling',
          forMs: context.settleUntilMs - nowMs,
        };
      const first = state.firstLook;
      if (first === null)
        return {
          kind: 'wait',
          state: { ...state, firstLook: { print: facts.keys[slot], atMs: nowMs } },
          reason: 'look-again',
          forMs: staleBoundMs,
        };
      if (nowMs - first.atMs < staleBoundMs)
        return { kind: 'wait', state, reason: 'look-again', forMs: staleBoundMs - (nowMs - first.atMs) };
      return { kind: 'enter', state: { ...state, sent: null, firstLook: null, attempts: state.attempts + 1 } };
    }
  }
}

/** Both keys just before this regenerate was sent. */
export function fingerprintsBefore(state: StateOf<'regenerating'> | StateOf<'retiring'>) {
  return state.kind === 'regenerating'
    ? state.fingerprintsBefore
    : { ...state.fingerprintsBefore, [state.newSlot]: state.newFingerprint };
}
