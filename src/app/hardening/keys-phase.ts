import type { StoredRow } from '../../durable/ports.ts';
import { keylessState } from '../../hardening/keyless/keyless-state.ts';
import type { HardeningArea, HardeningRows } from '../../hardening/ports.ts';
import type { Target } from '../../keys/target.ts';
import type { KeysPhase } from '../../rotation/target-state.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { stateIn } from './hardening-stages.ts';

/** How far an account that is to take no keys has come, by the journal of its changes; null: that does not tell. */
export function keysPhase(stored: ReadonlyMap<HardeningArea, StoredRow>): KeysPhase | null {
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
export async function readKeysPhase(
  hardeningRows: HardeningRows | undefined,
  { account }: Target,
): Promise<KeysPhase | null> {
  if (hardeningRows === undefined) return null;
  const stored = await hardeningRows.loadAll(account).catch(asFailure);
  return stored instanceof FailureError ? null : keysPhase(stored);
}
