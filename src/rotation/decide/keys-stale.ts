import { backoffMs } from '../backoff.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import type { ActiveState } from '../state.ts';

/** Azure still lists the key from before a regenerate: it is asked again, each time after a longer pause. */
export function keysStale(state: ActiveState, leastMs: number, { random }: DecisionContext): Decision {
  const attempts = state.attempts + 1;
  const forMs = Math.max(leastMs, backoffMs(attempts, random, null));
  return { kind: 'wait', state: { ...state, attempts }, reason: 'keys-stale', forMs };
}
