import type { Failure } from '../../shared/failure.ts';
import type { Rested } from '../decision.ts';
import type { ActiveState } from '../state.ts';

/** What a step brought about. A `FailureError` that a step throws means: failed, in the state it began with. */
export type StepOutcome =
  | { readonly kind: 'done'; readonly state: ActiveState }
  | { readonly kind: 'failed'; readonly state: ActiveState; readonly failure: Failure }
  /** The effect showed that somebody else is at work. */
  | { readonly kind: 'somebody-else'; readonly state: ActiveState }
  /** Read once more before the effect, Azure asks for something else: nothing was sent. */
  | { readonly kind: 'instead'; readonly decision: Rested }
  /** An operator's request came in before the effect: nothing was sent, decide anew. */
  | { readonly kind: 'decide-anew' };
