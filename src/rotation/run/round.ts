import { secretNames } from '../../keys/target.ts';
import { FailureError } from '../../shared/failure.ts';
import type { Decision, DecisionContext, Steps } from '../decision.ts';
import type { StateKind, States } from '../state.ts';
import { pages } from '../states/pages.ts';
import { decideRevalidation, gatherRevalidation } from '../states/revalidation.ts';
import type { GatherMode, StepAid, StepOutcome } from '../states/state-page.ts';
import type { Session } from './session.ts';

/** Reads what the state needs to be decided, and decides. Only reads and probes; throws `FailureError`. */
export async function decide<K extends StateKind>(
  session: Session,
  state: States[K],
  context: () => DecisionContext,
  mode: GatherMode = 'lean',
): Promise<Decision<K>> {
  const page = pages[state.kind];
  if (state.revalidation === null) {
    const facts = await page.gather(session, state, mode);
    return page.decide(state, facts, context());
  }
  const facts = await gatherRevalidation(session, state.salt);
  const answer = decideRevalidation<K>(state, facts, context());
  return answer.kind === 'found' ? page.revalidated(state, answer.found, context()) : answer;
}

/** Carries a decided step out. @throws LeaseLost, and FailureError when the row cannot be saved */
export async function perform<K extends StateKind>(
  session: Session,
  state: States[K],
  step: Steps[K],
  random: () => number,
): Promise<StepOutcome<K>> {
  let saved = state;
  const intend: StepAid<K>['intend'] = async (sent) => {
    const ready = await intent(session, state, step, sent, random);
    if (ready.kind === 'as-before' && sent !== null) saved = sent;
    return ready;
  };
  try {
    return await pages[state.kind].perform(session, step, { intend, random });
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return { kind: 'failed', state: saved, failure: error.failure };
  }
}

/**
 * Saves the intent of a write. For slow paths, all that the write rests on is read once more, at the same time, so that
 * only one call's time passes before the write leaves. If Azure now asks for anything else, the intent is taken back:
 * nothing has left. A worker that ends in between leaves an intent without an effect, which the next one looks after.
 */
async function intent<K extends StateKind>(
  session: Session,
  state: States[K],
  step: Steps[K],
  sent: States[K] | null,
  random: () => number,
): ReturnType<StepAid<K>['intend']> {
  const { owned } = session;
  const save = async () => (sent === null ? 'saved' : await owned.saveIntent({ rotation: sent }));
  if (!session.isAging())
    return (await save()) === 'request-came-in' ? { kind: 'decide-again' } : { kind: 'as-before', step };
  const takeBack = async () => {
    if (sent !== null) await owned.saveResult({ rotation: step.state });
  };
  session.readAnew();
  const [saved, decided] = await Promise.allSettled([
    save(),
    decide(session, state, () => decisionContext(session, random()), 'fresh'),
  ]);
  if (saved.status === 'rejected') throw saved.reason;
  if (saved.value === 'request-came-in') return { kind: 'decide-again' };
  if (decided.status === 'rejected') {
    await takeBack();
    throw decided.reason;
  }
  const decision = decided.value;
  if (decision.kind === 'step' && decision.step.kind === step.kind) return { kind: 'as-before', step: decision.step };
  await takeBack();
  return decision.kind === 'step' ? { kind: 'decide-again' } : { kind: 'instead', decision };
}

/** What row and settings say to a decision of this moment. */
export function decisionContext(
  {
    owned,
    target,
    instance,
  }: Pick<Session, 'target' | 'instance'> & { owned: Pick<Session['owned'], 'row' | 'nowMs'> },
  random: number,
): DecisionContext {
  const { armId, internalId, settleUntilMs, lastSeen, superseded, copies: seenCopies } = owned.row;
  return {
    nowMs: owned.nowMs(),
    armId,
    internalId,
    instance,
    settleUntilMs,
    lastSeen,
    superseded,
    copies: target.copies,
    seenCopies,
    policy: target.policy,
    secretNames: secretNames(target),
    random,
  };
}
