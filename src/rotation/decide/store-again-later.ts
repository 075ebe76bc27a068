import { backoffMs } from '../backoff.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import type { StateOf } from '../state.ts';

/** What was stored is not what stands: somebody writes the same secret. Each further try comes later than the one before. */
export function storeAgainLater(
  state: StateOf<'publishing' | 'restocking' | 'cancelling'>,
  context: DecisionContext,
): Decision {
  const attempts = state.attempts + 1;
  const lastFailure = { code: 'stored-key-gone', atMs: context.nowMs };
  return {
    kind: 'wait',
    state: { ...state, storedAtMs: null, attempts, lastFailure },
    reason: 'retry-later',
    forMs: backoffMs(attempts, context.random, null),
  };
}
