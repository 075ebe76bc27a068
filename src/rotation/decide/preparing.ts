import type { AccountFacts } from '../../keys/ports.ts';
import { overlapOfLeak } from '../compromise/leaked-keys.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import { enterCommon } from '../enter.ts';
import type { FactsOf } from '../facts.ts';
import type { RowChange } from '../ownership/owned-account.ts';
import type { StateOf } from '../state.ts';
import { gateDecision, type OpenGate } from './gate-decision.ts';

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
  if (state.vaultVerifiedAtMs === null) return { kind: 'step', step: { kind: 'verify-vault-writable', state } };
  if (state.compromised !== null && state.compromised.slot !== gate.inactiveSlot)
    return leadAway(state, gate, facts.arm, state.compromised, context);
  return {
    kind: 'enter',
    row: calledAs(facts.arm.account),
    state: {
      kind: 'regenerating',
      ...enterCommon(state, 'regenerating', context.nowMs),
      // Back and forth between these two states is no progress.
      retrying: state.retrying,
      newSlot: gate.inactiveSlot,
      fingerprintsBefore: { ...facts.arm.keys },
      versionsBefore: gate.versions,
      vaultVerifiedAtMs: state.vaultVerifiedAtMs,
      sent: null,
      firstLook: null,
    },
  };
}

/**
 * The key that consumers use has leaked: they are led to the other one as it is, proved like a new one. Nothing is
 * regenerated before: nobody is told that the other key leaked, and a new one would take its time to spread.
 */
function leadAway(
  state: StateOf<'preparing'>,
  { inactiveSlot: newSlot, versions }: OpenGate,
  { account, keys }: NonNullable<FactsOf<'preparing'>['arm']>,
  leak: NonNullable<StateOf<'preparing'>['compromised']>,
  { nowMs }: DecisionContext,
): Decision {
  return {
    kind: 'enter',
    row: calledAs(account),
    state: {
      kind: 'probing',
      ...enterCommon(state, 'probing', nowMs),
      overlap: overlapOfLeak(state.overlap, leak),
      newSlot,
      fingerprintsBefore: { ...keys },
      versionsBefore: versions,
      newFingerprint: keys[newSlot],
      newSecretVersion: versions[newSlot],
      accepted: 0,
      acceptedSinceMs: null,
    },
  };
}

/** Where this rotation's proofs call: an account may have got a custom subdomain since the last one. */
function calledAs({ kind, endpoint, location }: AccountFacts): RowChange {
  return { accountKind: kind, endpoint, accountLocation: location };
}
