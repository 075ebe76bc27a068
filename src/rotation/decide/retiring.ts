import { otherSlot } from '../../shared/slot.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import { enterCommon, switchedFields } from '../enter.ts';
import type { FactsOf } from '../facts.ts';
import type { StateOf } from '../state.ts';
import { endpointWait } from './endpoint-wait.ts';
import { followedVersions } from './followed-versions.ts';
import { bothKeysAsExpected, overlapAgain } from './overlapping.ts';

/**
 * The point of no return. Read again, right before: the same versions, the instance tag, both keys, and a proof that the
 * key which consumers use works. Whatever is amiss leads back to `overlapping`, where rollback is possible.
 */
export function decideRetiring(
  state: StateOf<'retiring'>,
  facts: FactsOf<'retiring'>,
  context: DecisionContext,
): Decision {
  const { nowMs } = context;
  const followed = followedVersions(state, facts.vault, context.instance);
  if (followed.kind === 'wrong') return { kind: 'suspend', reason: followed.reason };
  if (followed.kind === 'renewed') return { kind: 'enter', state: overlapAgain(state, followed, nowMs) };
  const overlapping: StateOf<'overlapping'> = {
    kind: 'overlapping',
    ...enterCommon(state, 'overlapping', nowMs),
    ...switchedFields(state),
    overlapUntilMs: state.overlapUntilMs,
    held: null,
    attempts: state.attempts,
    retrying: state.retrying,
  };
  if (nowMs < context.settleUntilMs)
    return { kind: 'wait', state: overlapping, reason: 'settling', forMs: context.settleUntilMs - nowMs };
  if (!bothKeysAsExpected(state, facts.keys)) return { kind: 'suspend', reason: 'out-of-band-regenerated' };
  if (facts.proof.kind !== 'accepted') return endpointWait(overlapping, facts.proof, context);
  return { kind: 'step', step: { kind: 'regenerate', state, slot: otherSlot(state.newSlot) } };
}
