import type { StateKind } from '../state.ts';
import { type CancellingFacts, cancelling } from './cancelling.ts';
import { type ConfirmingFacts, confirming } from './confirming.ts';
import { type OverlappingFacts, overlapping } from './overlapping.ts';
import { type PreparingFacts, preparing } from './preparing.ts';
import { type ProbingFacts, probing } from './probing.ts';
import { type PublishingFacts, publishing } from './publishing.ts';
import { type RegeneratingFacts, regenerating } from './regenerating.ts';
import { restocking } from './restocking.ts';
import { type RetiringFacts, retiring } from './retiring.ts';
import { type RollingBackFacts, rollingBack } from './rolling-back.ts';
import type { StatePage } from './state-page.ts';
import type { StoredFacts } from './store-new-key.ts';
import { type SwitchingFacts, switching } from './switching.ts';
import { type UpdatingCopiesFacts, updatingCopies } from './updating-copies.ts';

/** What each state needs to know before it decides, read each time. No key, only fingerprints. */
export interface FactsByState {
  readonly preparing: PreparingFacts;
  readonly regenerating: RegeneratingFacts;
  readonly publishing: PublishingFacts;
  readonly probing: ProbingFacts;
  readonly switching: SwitchingFacts;
  readonly 'updating-copies': UpdatingCopiesFacts;
  readonly overlapping: OverlappingFacts;
  readonly retiring: RetiringFacts;
  readonly restocking: StoredFacts;
  readonly confirming: ConfirmingFacts;
  readonly 'rolling-back': RollingBackFacts;
  readonly cancelling: CancellingFacts;
}

/** The page of each state of `lifecycle.ts`. */
export const pages: { readonly [K in StateKind]: StatePage<K, FactsByState[K]> } = {
  preparing,
  regenerating,
  publishing,
  probing,
  switching,
  'updating-copies': updatingCopies,
  overlapping,
  retiring,
  restocking,
  confirming,
  'rolling-back': rollingBack,
  cancelling,
};
