import { carried, pointerSecret } from '../../keys/key-secret.ts';
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
  const { pointer, vaultNowMs } = await session.vault(state.salt);
  const sent = { ...state, sent: { atMs: owned.nowMs() } };
  if ((await owned.saveIntent({ rotation: sent })) === 'request-came-in') return { kind: 'decide-anew' };
  session.forgetVault();
  const next = pointerSecret(target, instance, slot, carried(pointer), vaultNowMs);
  await session.whileFresh(() => secrets.store(next));
  return { kind: 'done', state: sent };
}
