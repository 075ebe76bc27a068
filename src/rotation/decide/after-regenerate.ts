import type { Fingerprint } from '../../shared/fingerprint.ts';
import { enterCommon, switchedFields } from '../enter.ts';
import type { StateOf } from '../state.ts';

/** Where a rotation goes once a regenerate is known to be applied: the new key waits to be stored. */
export function afterRegenerate(
  state: StateOf<'regenerating'> | StateOf<'retiring'>,
  newFingerprint: Fingerprint,
  nowMs: number,
): StateOf<'publishing'> | StateOf<'restocking'> {
  if (state.kind === 'regenerating') {
    const { fingerprintsBefore, versionsBefore } = state;
    return {
      kind: 'publishing',
      ...enterCommon(state, 'publishing', nowMs),
      fingerprintsBefore,
      versionsBefore,
      newFingerprint,
      firstLook: null,
      storedAtMs: null,
    };
  }
  return {
    kind: 'restocking',
    ...enterCommon(state, 'restocking', nowMs),
    ...switchedFields(state),
    newInactiveFingerprint: newFingerprint,
    firstLook: null,
    storedAtMs: null,
  };
}
