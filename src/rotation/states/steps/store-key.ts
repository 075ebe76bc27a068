import { keySecret } from '../../../keys/key-secret.ts';
import { secretNames } from '../../../keys/target.ts';
import { notApplied } from '../../../shared/failure.ts';
import { fingerprint } from '../../../shared/fingerprint.ts';
import type { StoreKey } from '../../decision.ts';
import type { Session } from '../../run/session.ts';
import type { States } from '../../state.ts';
import type { StepAid, StepOutcome } from '../state-page.ts';
import { nextFrom } from './next-from.ts';

/** Stores a slot's new key. The state stays: the next round finds the key there or does not, whether this reply arrives or not. */
export async function storeKey<K extends 'publishing' | 'restocking' | 'cancelling'>(
  session: Session,
  { state, slot, fingerprint: wanted }: StoreKey<K>,
  { intend }: StepAid<K>,
): Promise<StepOutcome<K>> {
  const { target } = session;
  const ready = await intend(null);
  if (ready.kind !== 'as-before') return ready;
  const key = session.keyOf(slot);
  if (key === null || fingerprint(key, state.salt) !== wanted) throw notApplied('key-to-store-not-at-hand');
  const { secret: standing, vaultNowMs } = await session.secret(secretNames(target)[slot]);
  const next = await nextFrom(session, slot, standing);
  if (next.kind !== 'free') return next;
  await session.store(keySecret(target, slot, key, next.carried, vaultNowMs));
  const stored: States[K] = { ...state, storedAtMs: session.owned.nowMs() };
  return { kind: 'done', state: stored };
}
