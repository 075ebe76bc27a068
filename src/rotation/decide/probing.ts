import type { Decision, DecisionContext } from '../decision.ts';
import { enterCommon, publishedFields } from '../enter.ts';
import type { FactsOf } from '../facts.ts';
import type { StateOf } from '../state.ts';

/** The new key must be accepted many times in a row, over some time, as consumers would use it: from the vault. */
export function decideProbing(
  state: StateOf<'probing'>,
  facts: FactsOf<'probing'>,
  context: DecisionContext,
): Decision {
  const { secret } = facts;
  const { policy, nowMs } = context;
  if (secret.kind !== 'stored' || secret.print !== state.newFingerprint)
    return { kind: 'suspend', reason: 'secret-changed' };
  const proved =
    policy.probe === 'control-plane-only' ||
    (state.accepted >= policy.newKeyProof.acceptances &&
      state.acceptedSinceMs !== null &&
      nowMs - state.acceptedSinceMs >= policy.newKeyProof.spreadMs);
  if (!proved) return { kind: 'step', step: { kind: 'probe-new-key', state } };
  return {
    kind: 'enter',
    state: {
      kind: 'switching',
      ...enterCommon(state, 'switching', nowMs),
      ...publishedFields(state),
      newSecretVersion: state.newSecretVersion,
      sent: null,
      firstLook: null,
    },
  };
}
