import type { Decision, DecisionContext } from '../decision.ts';
import type { Facts } from '../facts.ts';
import type { ActiveState } from '../state.ts';
import { decideCancelling } from './cancelling.ts';
import { decideConfirming } from './confirming.ts';
import { decideLook } from './look.ts';
import { decideOverlapping } from './overlapping.ts';
import { decidePreparing } from './preparing.ts';
import { decideProbing } from './probing.ts';
import { decidePublishing } from './publishing.ts';
import { decideRegenerating } from './regenerating.ts';
import { decideRestocking } from './restocking.ts';
import { decideRetiring } from './retiring.ts';
import { decideRevalidation } from './revalidation.ts';
import { decideRollingBack } from './rolling-back.ts';
import { decideSwitching } from './switching.ts';

/**
 * The protocol: what comes next in `state`, given `facts`. Pure: no clock, no Azure, no log.
 * Facts of another state than `state` cannot come from `gather`; they are answered by gathering again.
 */
export function decide(state: ActiveState, facts: Facts, context: DecisionContext): Decision {
  switch (facts.kind) {
    case 'preparing':
      if (state.kind === 'preparing') return decidePreparing(state, facts, context);
      break;
    case 'regenerating':
      if (state.kind === 'regenerating') return decideRegenerating(state, facts, context);
      break;
    case 'look':
      if (state.kind === 'regenerating' || state.kind === 'retiring') return decideLook(state, facts, context);
      break;
    case 'publishing':
      if (state.kind === 'publishing') return decidePublishing(state, facts, context);
      break;
    case 'probing':
      if (state.kind === 'probing') return decideProbing(state, facts, context);
      break;
    case 'switching':
      if (state.kind === 'switching') return decideSwitching(state, facts, context);
      break;
    case 'overlap-runs':
    case 'overlap-over':
      if (state.kind === 'overlapping') return decideOverlapping(state, facts, context);
      break;
    case 'retiring':
      if (state.kind === 'retiring') return decideRetiring(state, facts, context);
      break;
    case 'restocking':
      if (state.kind === 'restocking') return decideRestocking(state, facts, context);
      break;
    case 'agreement':
    case 'refusal':
    case 'clean-up':
      if (state.kind === 'confirming') return decideConfirming(state, facts, context);
      break;
    case 'untouched':
    case 'cancelling':
      if (state.kind === 'cancelling') return decideCancelling(state, facts, context);
      break;
    case 'revalidation':
      if (state.revalidation !== null) return decideRevalidation(state, facts, context);
      break;
    case 'rolling-back':
      if (state.kind === 'rolling-back') return decideRollingBack(state, facts, context);
      break;
  }
  return { kind: 'wait', state, reason: 'look-again', forMs: 0 };
}
