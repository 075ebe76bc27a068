import { enterCommon } from './enter.ts';
import type { ActiveState, StateOf } from './state.ts';

/** How a rotation whose pointer was not moved is undone; null for any other. */
export function cancellingFrom(state: ActiveState, requestedBy: string, nowMs: number): StateOf<'cancelling'> | null {
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
  return { prints: state.printsBefore, versions: state.versionsBefore };
}
