import type { StateKind } from '../state.ts';
import { cancelling } from './cancelling.ts';
import { confirming } from './confirming.ts';
import { overlapping } from './overlapping.ts';
import { preparing } from './preparing.ts';
import { probing } from './probing.ts';
import { publishing } from './publishing.ts';
import { regenerating } from './regenerating.ts';
import { restocking } from './restocking.ts';
import { retiring } from './retiring.ts';
import { rollingBack } from './rolling-back.ts';
import type { StatePage } from './state-page.ts';
import { switching } from './switching.ts';
import { updatingCopies } from './updating-copies.ts';

const all = {
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

/** What each state needs to know before it decides, read each time. No key, only fingerprints. */
export type FactsByState = { readonly [K in StateKind]: Awaited<ReturnType<(typeof all)[K]['gather']>> };

/** The page of each state of `lifecycle.ts`. */
export const pages: { readonly [K in StateKind]: StatePage<K, FactsByState[K]> } = all;
