import { directSecret } from '../../keys/key-secret.ts';
import { secretNames } from '../../keys/target.ts';
import type { StepOf } from '../decision.ts';
import type { Session } from '../session.ts';
import { lookAgain } from './look-again.ts';
import { nextFrom } from './next-from.ts';
import type { StepOutcome } from './step-outcome.ts';

/** Stores a slot's key, as its own secret holds it, in the direct-value secret; the next look at the vault tells whether it stands. */
export async function storeDirect(
  session: Session,
  step: StepOf<'store-direct'>,
  random: () => number,
): Promise<StepOutcome> {
  const { secrets, target, owned } = session;
  const { state, slot } = step;
  const name = secretNames(target).direct;
  const before = (await session.vault(state.salt)).direct ?? { kind: 'absent' };
  // Whatever it holds was compared with both keys.
  const next = await nextFrom(session, 'direct', before, true);
  if (next.kind !== 'free') return next;
  // A pointer that may have been sent stays so: only a look at it, or its own refusal, tells otherwise.
  const sent = { ...state, sent: { atMs: owned.nowMs(), what: state.sent?.what ?? 'direct' } } as const;
  if (session.isAging()) {
    const seen = await lookAgain(session, step, sent, random);
    if (seen.kind !== 'as-before') return seen;
  } else if ((await owned.saveIntent({ rotation: sent })) === 'request-came-in') return { kind: 'decide-anew' };
  const { secret: key } = await session.keySecret(slot);
  if (name === null || key.kind !== 'stored') return { kind: 'done', state };
  const { direct, vaultNowMs } = await session.vault(state.salt);
  session.forgetVault();
  const carried = direct?.kind === 'stored' ? direct : next.carried;
  await secrets.store(directSecret(target, name, slot, key.value, carried, vaultNowMs));
  return { kind: 'done', state: sent };
}
