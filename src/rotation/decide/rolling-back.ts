import { readPointer } from '../../keys/read-pointer.ts';
import { otherSlot } from '../../shared/slot.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import { enterCommon, switchedFields } from '../enter.ts';
import type { FactsOf } from '../facts.ts';
import type { StateOf } from '../state.ts';
import { supersededBy, withMore } from '../superseded-by.ts';
import { endpointWait } from './endpoint-wait.ts';
import { bothKeysAsExpected } from './overlapping.ts';
import { seenIn } from './seen-in.ts';

/** Consumers go back to the old key, once it is proved alive: direct-value secret first, pointer last. */
export function decideRollingBack(
  state: StateOf<'rolling-back'>,
  facts: FactsOf<'rolling-back'>,
  context: DecisionContext,
): Decision {
  const { vault, keys, proof } = facts;
  const { nowMs } = context;
  const oldSlot = otherSlot(state.newSlot);
  const pointer = readPointer(vault, context.instance);
  if (pointer.kind === 'unusable') return { kind: 'suspend', reason: pointer.reason };
  const { direct } = vault;
  const oldPrint = state.fingerprintsBefore[oldSlot];
  const directIsBack = direct === null || (direct.kind === 'stored' && direct.print === oldPrint);

  if (pointer.slot === oldSlot && directIsBack) {
    if (nowMs < context.settleUntilMs)
      return { kind: 'wait', state, reason: 'settling', forMs: context.settleUntilMs - nowMs };
    return {
      kind: 'end',
      end: { outcome: 'rolled-back', endedAtMs: nowMs, refusal: null, last: state },
      row: {
        lastSeen: seenIn(vault, oldSlot),
        leftovers: withMore(context.leftovers, supersededBy(state, context.secretNames)),
      },
    };
  }

  const oldSecret = vault[oldSlot];
  const oldKeyStands = bothKeysAsExpected(state, keys) && oldSecret.kind === 'stored' && oldSecret.print === oldPrint;
  if (!oldKeyStands || proof.kind === 'refused') {
    // Nothing has been moved yet: consumers stay with the new key, which works.
    if (pointer.slot === state.newSlot && state.sent === null)
      return {
        kind: 'enter',
        state: {
          kind: 'overlapping',
          ...enterCommon(state, 'overlapping', nowMs, Math.max(0, state.overlapUntilMs - nowMs)),
          ...switchedFields(state),
          overlapUntilMs: Math.max(nowMs, state.overlapUntilMs),
          held: null,
        },
        row: { requestRefused: { action: 'roll-back', reason: 'old-key-dead', atMs: nowMs } },
      };
    if (!oldKeyStands) return { kind: 'suspend', reason: 'out-of-band-regenerated' };
  }
  // Half of it is done, and the account still has the key: one node that refuses it does not leave it half done.
  if (proof.kind !== 'accepted') return endpointWait(state, proof, context);
  if (!directIsBack) return { kind: 'step', step: { kind: 'store-direct', state, slot: oldSlot } };
  return { kind: 'step', step: { kind: 'store-pointer', state, slot: oldSlot } };
}
