import { askedPauseMs } from '../../keys/asked-pause.ts';
import { proveKey } from '../../keys/prove-key.ts';
import { backoffMs } from '../backoff.ts';
import { probeBurstMs } from '../numbers.ts';
import type { Session } from '../session.ts';
import type { StateOf } from '../state.ts';

/** What a burst of probes showed, and how long to pause before the next. */
export interface ProbeOutcome {
  readonly kind: 'probed';
  readonly state: StateOf<'probing'>;
  readonly rest: { readonly reason: 'new-key-spreading' | 'endpoint-unclear'; readonly forMs: number } | null;
}

/**
 * One burst of probes, short enough for the lease. A refusal starts the count anew: a gateway node has not heard of the
 * key. No answer says nothing, and keeps the count.
 */
export async function probeNewKey(session: Session, state: StateOf<'probing'>, random: number): Promise<ProbeOutcome> {
  const { owned, probe, clock, target } = session;
  const { acceptances, spreadMs } = target.policy.newKeyProof;
  const pauseMs = acceptances > 1 ? spreadMs / (acceptances - 1) : 0;
  const { secret } = await session.keySecret(state.idleSlot);
  if (secret.kind !== 'stored') return { kind: 'probed', state, rest: null };

  const missing = Math.max(1, acceptances - state.accepted);
  const burst = pauseMs === 0 ? missing : Math.max(1, Math.min(missing, Math.floor(probeBurstMs / pauseMs)));
  const { accountKind: kind, endpoint } = owned.row;
  if (state.accepted > 0 && pauseMs > 0) await clock.sleep(pauseMs);
  const startedAtMs = owned.nowMs();
  const run = await proveKey(probe, clock, { kind, endpoint }, secret.value, {
    acceptances: burst,
    spreadMs: pauseMs * (burst - 1),
  });
  if (run.answer.kind === 'accepted') {
    const accepted = state.accepted + run.accepted;
    return {
      kind: 'probed',
      state: { ...state, accepted, acceptedSinceMs: state.acceptedSinceMs ?? startedAtMs, attempts: 0, waiting: null },
      rest: null,
    };
  }
  const attempts = state.attempts + 1;
  const forMs = backoffMs(attempts, random, askedPauseMs(run.answer));
  const lastFailure = {
    code: run.answer.kind === 'unknown' ? run.answer.code : 'new-key-refused',
    atMs: owned.nowMs(),
  };
  return run.answer.kind === 'refused'
    ? {
        kind: 'probed',
        state: { ...state, accepted: 0, acceptedSinceMs: null, attempts, lastFailure },
        rest: { reason: 'new-key-spreading', forMs },
      }
    : { kind: 'probed', state: { ...state, attempts, lastFailure }, rest: { reason: 'endpoint-unclear', forMs } };
}
