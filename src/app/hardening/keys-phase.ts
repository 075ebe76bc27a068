import type { StoredRow } from '../../durable/ports.ts';
import { type KeylessChange, keylessState } from '../../hardening/keyless/keyless-state.ts';
import type { HardeningArea, HardeningRows } from '../../hardening/ports.ts';
import type { Target } from '../../keys/target.ts';
import type { KeysPhase } from '../../rotation/target-state.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { stateIn } from './hardening-stages.ts';

const phases: Readonly<Record<KeylessChange['at']['kind'], KeysPhase>> = {
  announcing: 'turning-off',
  'turning-off': 'turning-off',
  proving: 'proving',
  reverting: 'turning-on',
  'turning-on': 'turning-on',
  're-adopting': 'turning-on',
};

/** How far an account that is to take no keys has come, by the journal of its changes; null: that does not tell. */
export function keysPhase(stored: ReadonlyMap<HardeningArea, StoredRow>): KeysPhase | null {
  const { change = null, offSinceMs = null } = stateIn(keylessState, 'keyless', stored) ?? {};
  if (change !== null) return phases[change.at.kind];
  return offSinceMs === null ? null : 'off';
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
