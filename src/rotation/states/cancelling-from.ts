import { lifecycle, type OperatorAction } from '../lifecycle.ts';
import type { SuspendReason } from '../reasons.ts';
import type { ActiveState, States } from '../state.ts';
import { enterCommon } from './enter.ts';
import { revalidationAfter } from './revalidation.ts';
import type { Asked } from './state-page.ts';

type Early = States['preparing' | 'regenerating' | 'publishing' | 'probing' | 'switching'];

/** Whether a rotation stands where it could still be undone, as far as its state tells. */
export function isEarly(state: ActiveState): state is Early {
  const may: readonly OperatorAction[] = lifecycle[state.kind].may;
  return may.includes('cancel');
}

/**
 * How a rotation is undone whose pointer was not moved.
 * @param suspendedFor why it stood still, if it did: if people changed keys, that is revalidated first
 */
export function cancellingFrom(
  state: Early,
  requestedBy: string,
  nowMs: number,
  suspendedFor: SuspendReason | null = null,
): States['cancelling'] {
  const before = touched(state);
  return {
    kind: 'cancelling',
    ...enterCommon(state, 'cancelling', nowMs),
    requestedBy,
    before,
    revalidation: before === null ? null : (state.revalidation ?? revalidationAfter(suspendedFor)),
    sent: null,
    firstLook: null,
    storedAtMs: null,
    superseded: [],
  };
}

/** An operator's `cancel`. */
export function cancel(state: Early, { by, nowMs, suspendedFor }: Asked): States['cancelling'] {
  return cancellingFrom(state, by, nowMs, suspendedFor);
}

/** What stood before, if something was sent that may have to be undone. */
function touched(state: Early): States['cancelling']['before'] {
  if (state.kind === 'preparing' || (state.kind === 'regenerating' && state.sent === null)) return null;
  return { fingerprints: state.fingerprintsBefore, versions: state.versionsBefore };
}
