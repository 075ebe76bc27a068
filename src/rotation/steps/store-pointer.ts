import { pointerSecret } from '../../keys/key-secret.ts';
import { secretNames } from '../../keys/target.ts';
import type { Slot } from '../../shared/slot.ts';
import type { Session } from '../session.ts';
import type { StateOf } from '../state.ts';
import type { StepOutcome } from './step-outcome.ts';

/** Points consumers at `slot`. The intent is saved first; the next look at the vault tells whether the pointer stands. */
export async function storePointer(
  session: Session,
  state: StateOf<'switching'> | StateOf<'rolling-back'>,
  slot: Slot,
): Promise<StepOutcome> {
  const { secrets, target, owned, instance } = session;
  const { secret, vaultNowMs } = await secrets.read(secretNames(target).pointer);
  const carried = secret.kind === 'stored' ? secret : null;
  const sent = { ...state, sent: { atMs: owned.nowMs() } };
  if ((await owned.saveIntent({ rotation: sent })) === 'request-came-in') return { kind: 'decide-anew' };
  await secrets.store(pointerSecret(target, instance, slot, carried, vaultNowMs));
  return { kind: 'done', state: sent };
}
