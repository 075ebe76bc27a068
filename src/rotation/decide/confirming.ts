import { askedPauseMs } from '../../keys/asked-pause.ts';
import { otherSlot } from '../../shared/slot.ts';
import type { Decision, DecisionContext, Rested } from '../decision.ts';
import type { FactsOf } from '../facts.ts';
import type { StateOf, Superseded } from '../state.ts';

/** The first pause between two questions whether the retired key is refused; each pause grows with the time passed. */
const firstPauseMs = 3_000;
const longestPauseMs = 60 * 60_000;

/** Vault and account agree → the retired key is refused, cannot be tried, or a day has passed → superseded versions are disabled → done. */
export function decideConfirming(
  state: StateOf<'confirming'>,
  facts: FactsOf<'agreement'> | FactsOf<'refusal'> | FactsOf<'clean-up'>,
  context: DecisionContext,
): Decision {
  const { nowMs } = context;
  switch (facts.kind) {
    case 'agreement': {
      const retiredSlot = otherSlot(state.newSlot);
      const { vault, keys } = facts;
      const newKey = vault[state.newSlot];
      const idleKey = vault[retiredSlot];
      const agreed =
        newKey.kind === 'stored' &&
        idleKey.kind === 'stored' &&
        newKey.print === keys[state.newSlot] &&
        idleKey.print === keys[retiredSlot];
      if (!agreed) return { kind: 'suspend', reason: 'vault-stale' };
      return { kind: 'note', state: { ...state, agreed: true } };
    }
    case 'refusal': {
      const { answer } = facts;
      if (answer.kind === 'refused') return { kind: 'note', state: { ...state, refusal: 'seen' } };
      if (nowMs >= state.giveUpAtMs || answer.kind === 'not-tried')
        return { kind: 'note', state: { ...state, refusal: 'not-seen' } };
      const growingMs = Math.max(firstPauseMs, (nowMs - state.stateSinceMs) / 2, askedPauseMs(answer) ?? 0);
      const pauseMs = Math.min(longestPauseMs, growingMs);
      return { kind: 'wait', state, reason: 'old-key-lingers', forMs: Math.min(pauseMs, state.giveUpAtMs - nowMs) };
    }
    case 'clean-up':
      if (facts.takenOver) return { kind: 'suspend', reason: 'taken-over' };
      if (nowMs < context.settleUntilMs)
        return { kind: 'wait', state, reason: 'settling', forMs: context.settleUntilMs - nowMs };
      return facts.disable.length > 0
        ? { kind: 'step', step: { kind: 'disable-versions', state, versions: facts.disable, leave: facts.leave } }
        : completed(state, facts.leave, context);
  }
}

/** The rotation is over; `leftovers` are left to the next one. */
export function completed(state: StateOf<'confirming'>, leftovers: Superseded, context: DecisionContext): Rested {
  const { nowMs } = context;
  const retiredSlot = otherSlot(state.newSlot);
  const prints = {
    ...state.fingerprintsBefore,
    [state.newSlot]: state.newFingerprint,
    [retiredSlot]: state.newInactiveFingerprint,
  };
  const { followed } = state;
  return {
    kind: 'end',
    end: { outcome: 'completed', endedAtMs: nowMs, refusal: state.refusal, last: state },
    row: {
      lastDone: { rotationId: state.rotationId, salt: state.salt, prints, atMs: nowMs },
      lastSeen: {
        pointer: state.newSlot,
        versions: {
          ...{ key1: state.newInactiveSecretVersion, key2: state.newInactiveSecretVersion },
          [state.newSlot]: followed.key,
          pointer: followed.pointer,
          direct: followed.direct,
        },
        sinceMs: state.switchedAtVaultMs,
      },
      leftovers,
    },
  };
}
