import { keySecret } from '../../keys/key-secret.ts';
import { FailureError } from '../../shared/failure.ts';
import { type Fingerprint, fingerprint } from '../../shared/fingerprint.ts';
import type { StepOf } from '../decision.ts';
import type { Session } from '../session.ts';
import type { StateOf } from '../state.ts';
import { lookAgain } from './look-again.ts';
import { nextFrom } from './next-from.ts';
import type { StepOutcome } from './step-outcome.ts';

/**
 * Stores a slot's new key. The state stays: reading back, the next round finds the key there or does not, whether this
 * reply arrives or not.
 */
export async function storeKey(
  session: Session,
  step: StepOf<'store-key'>,
  random: () => number,
): Promise<StepOutcome> {
  const { secrets, target } = session;
  const { state, slot } = step;
  if (session.isAging()) {
    const seen = await lookAgain(session, step, null, random);
    if (seen.kind !== 'as-before') return seen;
  }
  const wanted = printToStore(state);
  const key = session.keyOf(slot);
  if (key === null || fingerprint(key, state.salt) !== wanted)
    throw new FailureError({ kind: 'not-applied', code: 'key-to-store-not-at-hand', retryAfterMs: null });
  const vault = await session.vault(state.salt);
  const next = await nextFrom(session, slot, vault[slot]);
  if (next.kind !== 'free') return next;
  session.forgetVault();
  await secrets.store(keySecret(target, slot, key, next.carried, vault.vaultNowMs));
  return { kind: 'done', state: { ...state, storedAtMs: session.owned.nowMs() } };
}

/** Which key is to be stored; for a cancelled rotation the one that two looks agreed on. */
function printToStore(state: StateOf<'publishing' | 'restocking' | 'cancelling'>): Fingerprint | null {
  switch (state.kind) {
    case 'publishing':
      return state.newFingerprint;
    case 'restocking':
      return state.newInactiveFingerprint;
    case 'cancelling':
      return state.firstLook?.print ?? null;
  }
}
