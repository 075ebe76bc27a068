import { carried, pointerSecret } from '../../keys/key-secret.ts';
import { FailureError } from '../../shared/failure.ts';
import type { StepOf } from '../decision.ts';
import type { Session } from '../session.ts';
import { lookAgain } from './look-again.ts';
import { nextFrom } from './next-from.ts';
import type { StepOutcome } from './step-outcome.ts';

/** Points consumers at `slot`. The intent is saved first; the next look at the vault tells whether the pointer stands. */
export async function storePointer(
  session: Session,
  step: StepOf<'store-pointer'>,
  random: () => number,
): Promise<StepOutcome> {
  const { secrets, target, owned, instance } = session;
  const { state, slot } = step;
  // It names a slot, or there would be no step.
  const next = await nextFrom(session, 'pointer', (await session.vault(state.salt)).pointer, true);
  if (next.kind !== 'free') return next;
  const sent = { ...state, sent: { atMs: owned.nowMs(), what: 'pointer' } } as const;
  if (session.isAging()) {
    const seen = await lookAgain(session, step, sent, random);
    if (seen.kind !== 'as-before') return seen;
  } else if ((await owned.saveIntent({ rotation: sent })) === 'request-came-in') return { kind: 'decide-anew' };
  const { pointer, vaultNowMs } = await session.vault(state.salt);
  session.forgetVault();
  const made = pointerSecret(target, instance, slot, carried(pointer), vaultNowMs);
  try {
    await secrets.store(made);
    return { kind: 'done', state: sent };
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    const { failure } = error;
    if (failure.kind === 'outcome-unknown') return { kind: 'failed', failure, state: sent };
    // An earlier pointer write has settled before this one: with this one refused for sure, none is under way.
    return { kind: 'failed', failure, state: { ...state, sent: state.sent && { ...state.sent, what: 'direct' } } };
  }
}
