import { sameVersions } from '../../keys/gate.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import { enterCommon } from '../enter.ts';
import type { FactsOf } from '../facts.ts';
import type { StateOf } from '../state.ts';
import { gateDecision } from './gate-decision.ts';

/** The whole gate again, at the last moment; what is no longer as it was written down sends the rotation back. */
export function decideRegenerating(
  state: StateOf<'regenerating'>,
  facts: FactsOf<'regenerating'>,
  context: DecisionContext,
): Decision {
  const preparing: StateOf<'preparing'> = {
    kind: 'preparing',
    ...enterCommon(state, 'preparing', context.nowMs, state.overlap.ms),
    retrying: state.retrying,
    gateUntilMs: null,
    vaultVerifiedAtMs: state.vaultVerifiedAtMs,
  };
  const gate = gateDecision(preparing, facts, context);
  if (gate.kind !== 'open') return gate;
  const asWrittenDown =
    gate.inactiveSlot === state.newSlot &&
    sameVersions(gate.versions, state.versionsBefore) &&
    facts.arm.keys.key1 === state.fingerprintsBefore.key1 &&
    facts.arm.keys.key2 === state.fingerprintsBefore.key2;
  if (!asWrittenDown) return { kind: 'enter', state: preparing };
  return { kind: 'step', step: { kind: 'regenerate', state, slot: state.newSlot } };
}
