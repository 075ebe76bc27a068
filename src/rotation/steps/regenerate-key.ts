import { keyPrints } from '../../keys/key-prints.ts';
import { seeRegenerate } from '../../keys/look.ts';
import { FailureError } from '../../shared/failure.ts';
import { afterRegenerate } from '../decide/after-regenerate.ts';
import { fingerprintsBefore } from '../decide/look.ts';
import type { StepOf } from '../decision.ts';
import type { Session } from '../session.ts';
import { lookAgain } from './look-again.ts';
import type { StepOutcome } from './step-outcome.ts';

/**
 * Regenerates `slot`, once. The intent is saved first; after it, whatever happens, only a look tells whether the key was
 * made. A reply that names a definite refusal takes the intent back, since nothing has left its mark.
 */
export async function regenerateKey(
  session: Session,
  step: StepOf<'regenerate'>,
  random: () => number,
): Promise<StepOutcome> {
  const { owned, accounts, target } = session;
  const { state, slot } = step;
  const sent = { ...state, sent: { atMs: owned.nowMs() }, firstLook: null };
  if (session.isAging()) {
    const seen = await lookAgain(session, step, sent, random);
    if (seen.kind !== 'as-before') return seen;
  } else if ((await owned.saveIntent({ rotation: sent })) === 'request-came-in') return { kind: 'decide-anew' };

  try {
    const keys = await accounts.regenerate(target.account, slot);
    session.tookReply(keys);
    const seen = seeRegenerate(slot, fingerprintsBefore(state), keyPrints(keys, state.salt));
    switch (seen.kind) {
      case 'applied':
        return { kind: 'done', state: afterRegenerate(sent, seen.newFingerprint, owned.nowMs()) };
      case 'somebody-else':
        return { kind: 'somebody-else', state: sent };
      case 'not-applied':
        return {
          kind: 'failed',
          state: sent,
          failure: { kind: 'outcome-unknown', code: 'regenerate-changed-nothing' },
        };
    }
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    const { failure } = error;
    return { kind: 'failed', failure, state: failure.kind === 'outcome-unknown' ? sent : { ...state, sent: null } };
  }
}
