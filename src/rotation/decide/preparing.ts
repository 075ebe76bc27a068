import type { Decision, DecisionContext } from '../decision.ts';
import { enterCommon } from '../enter.ts';
import type { FactsOf } from '../facts.ts';
import type { StateOf } from '../state.ts';
import { gateDecision } from './gate-decision.ts';

/** The gate opens → the vault is proved writable → both fingerprints and versions are written down. */
export function decidePreparing(
  state: StateOf<'preparing'>,
  facts: FactsOf<'preparing'>,
  context: DecisionContext,
): Decision {
  if (context.nowMs < context.settleUntilMs)
    return { kind: 'wait', state, reason: 'settling', forMs: context.settleUntilMs - context.nowMs };
  const gate = gateDecision(state, facts, context);
  if (gate.kind !== 'open') return gate;
  if (facts.arm === null) return { kind: 'wait', state, reason: 'look-again', forMs: 0 };
  if (state.rehearsedAtMs === null) return { kind: 'step', step: { kind: 'rehearse', state } };
  return {
    kind: 'enter',
    state: {
      kind: 'regenerating',
      ...enterCommon(state, 'regenerating', context.nowMs),
      idleSlot: gate.idleSlot,
      printsBefore: { ...facts.arm.keys },
      versionsBefore: gate.versions,
      rehearsedAtMs: state.rehearsedAtMs,
      sent: null,
      firstLook: null,
    },
  };
}
