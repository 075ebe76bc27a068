import { carried, pointerSecret } from '../../../keys/key-secret.ts';
import { secretNames } from '../../../keys/target.ts';
import { FailureError } from '../../../shared/failure.ts';
import type { StorePointer } from '../../decision.ts';
import type { Session } from '../../run/session.ts';
import type { States } from '../../state.ts';
import type { StepAid, StepOutcome } from '../state-page.ts';
import { nextFrom } from './next-from.ts';

/** Points consumers at `slot`. The intent is saved first; the next look at the vault tells whether the pointer stands. */
export async function storePointer<K extends 'switching' | 'rolling-back'>(
  session: Session,
  { state, slot }: StorePointer<K>,
  { intend }: StepAid<K>,
): Promise<StepOutcome<K>> {
  const { target, owned, instance } = session;
  const { pointer: name } = secretNames(target);
  // It names a slot, or there would be no step.
  const next = await nextFrom(session, 'pointer', (await session.secret(name)).secret, true);
  if (next.kind !== 'free') return next;
  const sent: States[K] = { ...state, sent: { atMs: owned.nowMs(), what: 'pointer' } };
  const ready = await intend(sent);
  if (ready.kind !== 'as-before') return ready;
  const { secret: pointer, vaultNowMs } = await session.secret(name);
  const made = pointerSecret(target, instance, slot, carried(pointer), vaultNowMs);
  try {
    await session.store(made);
    return { kind: 'done', state: sent };
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    const { failure } = error;
    if (failure.kind === 'outcome-unknown') return { kind: 'failed', failure, state: sent };
    // An earlier pointer write has settled before this one: with this one refused for sure, none is under way.
    return { kind: 'failed', failure, state: { ...state, sent: state.sent && { ...state.sent, what: 'direct' } } };
  }
}
