import { keySecret } from '../../keys/key-secret.ts';
import { secretNames } from '../../keys/target.ts';
import { FailureError } from '../../shared/failure.ts';
import { fingerprint } from '../../shared/fingerprint.ts';
import type { Slot } from '../../shared/slot.ts';
import type { Session } from '../session.ts';
import type { StateOf } from '../state.ts';
import type { StepOutcome } from './step-outcome.ts';

/**
 * Stores a slot's new key and reads it back. Its state stays: the next look at the vault finds the key there, or does
 * not, whether this reply arrives or not.
 */
export async function storeKey(
  session: Session,
  state: StateOf<'publishing'> | StateOf<'restocking'>,
  slot: Slot,
): Promise<StepOutcome> {
  const { secrets, target } = session;
  const wanted = state.kind === 'publishing' ? state.newPrint : state.newIdlePrint;
  const key = session.keyOf(slot);
  if (key === null || fingerprint(key, state.salt) !== wanted)
    throw new FailureError({ kind: 'not-applied', code: 'key-to-store-not-at-hand', retryAfterMs: null });
  const { secret, vaultNowMs } = await session.keySecret(slot);
  const carried = secret.kind === 'stored' ? secret : null;
  await secrets.store(keySecret(target, slot, key, carried, vaultNowMs));
  session.tookReadBack(slot, await secrets.read(secretNames(target)[slot]));
  return { kind: 'done', state };
}
