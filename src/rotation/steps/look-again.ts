import { decide } from '../decide/decide.ts';
import type { Step, StepOf } from '../decision.ts';
import { decisionContext } from '../decision-context.ts';
import { type AgainStep, gatherAgain } from '../gather-again.ts';
import type { Session } from '../session.ts';
import type { ActiveState } from '../state.ts';
import type { StepOutcome } from './step-outcome.ts';

/**
 * For slow paths: all that the write rests on is read once more, at the same time and while the intent is saved, so that
 * only one call's time passes before the write leaves. Where Azure now asks for anything else, the intent is taken back:
 * nothing has left. A worker that ends in between leaves an intent without an effect, which the next one looks after.
 * @param sent the intent; null for a write that needs none
 * @returns `as-before` with the step as it is decided now
 * @throws LeaseLost, FailureError
 */
export async function lookAgain<K extends AgainStep['kind']>(
  session: Session,
  step: AgainStep & { readonly kind: K },
  sent: ActiveState | null,
  random: () => number,
): Promise<StepOutcome | { readonly kind: 'as-before'; readonly step: StepOf<K> }> {
  const { owned } = session;
  const { state } = step;
  const takeBack = async () => {
    if (sent !== null) await owned.saveResult({ rotation: state });
  };
  session.readAnew();
  const [saved, gathered] = await Promise.allSettled([
    sent === null ? 'saved' : owned.saveIntent({ rotation: sent }),
    gatherAgain(session, step),
  ] as const);
  if (saved.status === 'rejected') throw saved.reason;
  if (saved.value === 'request-came-in') return { kind: 'decide-anew' };
  if (gathered.status === 'rejected') {
    await takeBack();
    throw gathered.reason;
  }
  const decision = decide(state, gathered.value, decisionContext(session, random()));
  if (decision.kind === 'step' && isOfKind(decision.step, step.kind)) return { kind: 'as-before', step: decision.step };
  await takeBack();
  return decision.kind === 'step' ? { kind: 'decide-anew' } : { kind: 'instead', decision };
}

function isOfKind<K extends Step['kind']>(step: Step, kind: K): step is StepOf<K> {
  return step.kind === kind;
}
