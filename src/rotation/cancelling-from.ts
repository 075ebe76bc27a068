import { enterCommon } from './enter.ts';
import type { SuspendReason } from './reasons.ts';
import { revalidationAfter } from './revalidation-after.ts';
import type { ActiveState, StateOf } from './state.ts';

/**
 * How a rotation whose pointer was not moved is undone; null for any other.
 * @param suspendedFor why it stood still, if it did: where people changed keys, that is revalidated first
 */
export function cancellingFrom(
  state: ActiveState,
  requestedBy: string,
  nowMs: number,
  suspendedFor: SuspendReason | null = null,
): StateOf<'cancelling'> | null {
  switch (state.kind) {
    case 'preparing':
    case 'regenerating':
    case 'publishing':
    case 'probing':
    case 'switching':
      return {
        kind: 'cancelling',
        ...enterCommon(state, 'cancelling', nowMs),
        requestedBy,
        before: touched(state),
        revalidation: touched(state) === null ? null : (state.revalidation ?? revalidationAfter(suspendedFor)),
        sent: null,
        firstLook: null,
        storedAtMs: null,
        superseded: [],
      };
    default:
      return null;
  }
}

/** What stood before, where something was sent that may have to be undone. */
function touched(
  state: StateOf<'preparing' | 'regenerating' | 'publishing' | 'probing' | 'switching'>,
): StateOf<'cancelling'>['before'] {
  if (state.kind === 'preparing' || (state.kind === 'regenerating' && state.sent === null)) return null;
  return { prints: state.fingerprintsBefore, versions: state.versionsBefore };
}
