import { proveKey } from '../../keys/prove-key.ts';
import { probedAccount } from '../account-row.ts';
import { endpointPause } from '../decide/endpoint-wait.ts';
import { probeBurstMs } from '../numbers.ts';
import type { WaitReason } from '../reasons.ts';
import type { Session } from '../session.ts';
import type { StateOf } from '../state.ts';

/** What a burst of probes showed, and how long to pause before the next. */
export interface ProbeOutcome {
  readonly kind: 'probed';
  readonly state: StateOf<'probing'>;
  readonly rest: { readonly reason: WaitReason; readonly forMs: number } | null;
}

/**
 * One burst of probes, short enough for the lease. A refusal starts the count anew: a gateway node has not heard of the
 * key. No answer says nothing, and keeps the count.
 */
export async function probeNewKey(session: Session, state: StateOf<'probing'>, random: number): Promise<ProbeOutcome> {
  const { owned, probe, clock, target } = session;
  const { acceptances, spreadMs } = target.policy.newKeyProof;
  const pauseMs = acceptances > 1 ? spreadMs / (acceptances - 1) : 0;
  const { secret } = await session.keySecret(state.newSlot);
  if (secret.kind !== 'stored') return { kind: 'probed', state, rest: null };

  const missing = Math.max(1, acceptances - state.accepted);
  const burst = pauseMs === 0 ? missing : Math.max(1, Math.min(missing, Math.floor(probeBurstMs / pauseMs)));
  if (state.accepted > 0 && pauseMs > 0) await clock.sleep(pauseMs);
  const startedAtMs = owned.nowMs();
  const run = await proveKey(probe, clock, probedAccount(owned.row), secret.value, {
    acceptances: burst,
    spreadMs: pauseMs * (burst - 1),
  });
  if (run.answer.kind === 'accepted') {
    const accepted = state.accepted + run.accepted;
    return {
      kind: 'probed',
      state: {
        ...state,
        accepted,
        acceptedSinceMs: state.acceptedSinceMs ?? startedAtMs,
        attempts: 0,
        waiting: null,
        retrying: null,
      },
      rest: null,
    };
  }
  const { tried, rest } = endpointPause(state, run.answer, { nowMs: owned.nowMs(), random });
  const counted = run.answer.kind === 'refused' ? { accepted: 0, acceptedSinceMs: null } : {};
  return { kind: 'probed', state: { ...state, ...tried, ...counted }, rest };
}
