import type { StoredRow } from '../durable/ports.ts';
import { keylessState } from '../keyless/keyless-state.ts';
import type { Target } from '../keys/target.ts';
import type { Posture, PostureRows } from '../posture/ports.ts';
import type { KeysPhase } from '../rotation/target-state.ts';
import { FailureError } from '../shared/failure.ts';
import { asFailure } from './answers.ts';
import { stateIn } from './read-rungs.ts';

/** How far an account that is to take no keys has come, by the journal of its changes; null: that does not tell. */
export function keysPhase(stored: ReadonlyMap<Posture, StoredRow>): KeysPhase | null {
  const state = stateIn(keylessState, 'keyless', stored);
  switch (state?.change?.at.kind) {
    case undefined:
      return state === null || state.offSinceMs === null ? null : 'off';
    case 'announcing':
    case 'turning-off':
      return 'turning-off';
    case 'proving':
      return 'proving';
    case 'reverting':
    case 'turning-on':
    case 're-adopting':
      return 'turning-on';
  }
}

/** The same, read now; null: that cannot be told. Never throws an expected failure. */
export async function readKeysPhase(postures: PostureRows | undefined, { account }: Target): Promise<KeysPhase | null> {
  if (postures === undefined) return null;
  const stored = await postures.loadAll(account).catch(asFailure);
  return stored instanceof FailureError ? null : keysPhase(stored);
}
