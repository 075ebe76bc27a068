import { shortWaitMs } from '../../durable/numbers.ts';
import { proveKey } from '../../keys/prove-key.ts';
import { type SecretFact, secretFact } from '../../keys/vault-snapshot.ts';
import { probedAccount } from '../account-row.ts';
import type { Steps } from '../decision.ts';
import { probeBurstMs } from '../numbers.ts';
import type { Session } from '../run/session.ts';
import { cancel } from './cancelling-from.ts';
import { enterCommon, publishedFields } from './enter.ts';
import { undoOrReplaceFirst } from './leak.ts';
import { resumed } from './resumed.ts';
import { publishFrom } from './revalidation.ts';
import type { StatePage, StepAid, StepOutcome } from './state-page.ts';
import { endpointPause } from './waits.ts';

/** The new slot's secret. */
interface ProbingFacts {
  readonly secret: SecretFact;
}

/** The new key must be accepted many times in a row, over some time, as consumers would use it: from the vault. */
export const probing: StatePage<'probing', ProbingFacts> = {
  gather: async (session, { newSlot, salt }) => ({ secret: secretFact(await session.keySecret(newSlot), salt) }),

  decide(state, { secret }, { policy, nowMs }) {
    if (secret.kind !== 'stored' || secret.fingerprint !== state.newFingerprint)
      return { kind: 'suspend', reason: 'secret-changed' };
    const proved =
      policy.probe === 'control-plane-only' ||
      (state.accepted >= policy.newKeyProof.acceptances &&
        state.acceptedSinceMs !== null &&
        nowMs - state.acceptedSinceMs >= policy.newKeyProof.spreadMs);
    if (!proved) return { kind: 'step', step: { kind: 'probe-new-key', state } };
    return {
      kind: 'enter',
      state: {
        kind: 'switching',
        ...enterCommon(state, 'switching', nowMs),
        ...publishedFields(state),
        newSecretVersion: state.newSecretVersion,
        sent: null,
        firstLook: null,
      },
    };
  },

  perform: probeNewKey,
  asked: { cancel },
  preemptForLeak: undoOrReplaceFirst,
  resumed: (state, reason, nowMs) => resumed({ ...state, accepted: 0, acceptedSinceMs: null }, reason, nowMs),
  revalidated: publishFrom,
};

/**
 * One burst of probes, short enough for the lease. A refusal starts the count again: a gateway node has not heard of the
 * key. No answer says nothing, and keeps the count.
 */
async function probeNewKey(
  session: Session,
  { state }: Steps['probing'],
  { random }: StepAid<'probing'>,
): Promise<StepOutcome<'probing'>> {
  const { owned, probe, clock, target } = session;
  const { acceptances, spreadMs } = target.policy.newKeyProof;
  const pauseMs = acceptances > 1 ? spreadMs / (acceptances - 1) : 0;
  const { secret } = await session.keySecret(state.newSlot);
  if (secret.kind !== 'stored') return { kind: 'probed', state, rest: null };

  const missing = Math.max(1, acceptances - state.accepted);
  const burst = pauseMs === 0 ? missing : Math.max(1, Math.min(missing, Math.floor(probeBurstMs / pauseMs)));
  // A longer pause was rested, and not slept through.
  if (state.accepted > 0 && pauseMs > 0 && pauseMs <= shortWaitMs) await clock.sleep(pauseMs);
  const startedAtMs = owned.nowMs();
  const run = await proveKey(probe, clock, probedAccount(owned.row), secret.value, {
    acceptances: burst,
    spreadMs: pauseMs * (burst - 1),
  });
  if (run.answer.kind === 'accepted') {
    const accepted = state.accepted + run.accepted;
    const acceptedSinceMs = state.acceptedSinceMs ?? startedAtMs;
    // The calls of its tries count on: a node that takes a key is no progress while another one refuses it.
    const proved = { ...state, accepted, acceptedSinceMs, attempts: 0, waiting: null };
    const isOver = accepted >= acceptances && owned.nowMs() - acceptedSinceMs >= spreadMs;
    const rests = pauseMs > shortWaitMs && !isOver;
    return { kind: 'probed', state: proved, rest: rests ? { reason: 'new-key-spreading', forMs: pauseMs } : null };
  }
  const { tried, rest } = endpointPause(state, run.answer, { nowMs: owned.nowMs(), random: random() });
  const counted = run.answer.kind === 'refused' ? { accepted: 0, acceptedSinceMs: null } : {};
  return { kind: 'probed', state: { ...state, ...tried, ...counted }, rest };
}
