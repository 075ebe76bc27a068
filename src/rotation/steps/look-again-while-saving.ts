import { decide } from '../decide/decide.ts';
import type { StepOf } from '../decision.ts';
import { decisionContext } from '../decision-context.ts';
import { gatherAgain } from '../gather-again.ts';
import type { Session } from '../session.ts';
import type { ActiveState } from '../state.ts';
import type { StepOutcome } from './step-outcome.ts';

/**
 * For slow paths: the intent is saved and all that the write rests on is read once more, at the same time, so that only
 * one call's time passes before the write leaves. Where Azure now asks for anything else, the intent is taken back:
 * nothing has left. A worker that ends in between leaves an intent without an effect, which the next one looks after.
 * @throws LeaseLost, FailureError
 */
export async function lookAgainWhileSaving(
  session: Session,
  step: StepOf<'regenerate' | 'store-direct' | 'store-pointer'>,
  sent: ActiveState,
  random: () => number,
): Promise<StepOutcome | 'as-before'> {
  const { owned } = session;
  const { state } = step;
  const takeBack = () => owned.saveResult({ rotation: state });
  session.readAnew();
  const [saved, gathered] = await Promise.allSettled([
    owned.saveIntent({ rotation: sent }),
    gatherAgain(session, step),
  ] as const);
  if (saved.status === 'rejected') throw saved.reason;
  if (saved.value === 'request-came-in') return { kind: 'decide-anew' };
  if (gathered.status === 'rejected') {
    await takeBack();
    throw gathered.reason;
  }
  const decision = decide(state, gathered.value, decisionContext(session, random()));
  if (decision.kind === 'step' && decision.step.kind === step.kind) return 'as-before';
  await takeBack();
  return decision.kind === 'step' ? { kind: 'decide-anew' } : { kind: 'instead', decision };
}
