import { askedPauseMs } from '../../keys/account-probe.ts';
import { type ProbeAnswer, quotaUsedUp } from '../../keys/ports.ts';
import { backoffMs } from '../../shared/retry-pace.ts';
import type { DecisionContext, Wait } from '../decision.ts';
import { spreadingPauseMs } from '../numbers.ts';
import type { ActiveState } from '../state.ts';

/** From this refusal on the pauses are all the same. Those before are slept through: what the regenerate replied still counts as a look. */
const spreadsSlowlyAfter = 3;

type Now = Pick<DecisionContext, 'nowMs' | 'random'>;

/** What was sent before may still arrive: only what is seen afterwards counts. */
export function settling<S extends ActiveState>(
  state: S,
  { nowMs, settleUntilMs }: Pick<DecisionContext, 'nowMs' | 'settleUntilMs'>,
): Wait<S> {
  return { kind: 'wait', state, reason: 'settling', forMs: settleUntilMs - nowMs };
}

/** Something is not as it should be, without a call that failed: each further try comes later than the one before. */
export function retryLater<S extends ActiveState>(
  state: S,
  failure: { readonly code: string; readonly copy?: string },
  { nowMs, random }: Now,
): Wait<S> {
  const attempts = state.attempts + 1;
  const tried = { ...state, attempts, lastFailure: { ...failure, atMs: nowMs } };
  return { kind: 'wait', state: tried, reason: 'retry-later', forMs: backoffMs('rotation', attempts, random) };
}

/**
 * The endpoint did not take a key, or gave no clear answer: it is tried again later, each time after a longer pause. The pauses of a
 * new key that spreads stay short, so that it is used soon after it is accepted everywhere.
 */
export function endpointWait<S extends ActiveState>(state: S, proof: ProbeAnswer, now: Now): Wait<S> {
  const { tried, rest } = endpointPause(state, proof, now);
  return { kind: 'wait', state: { ...state, ...tried }, ...rest };
}

/** What such an answer adds to a state, and how long it rests and why. */
export function endpointPause({ kind, attempts: before }: ActiveState, proof: ProbeAnswer, { nowMs, random }: Now) {
  // A node that refuses a new key has not heard of it yet: the endpoint answers, and no more failures are counted than that.
  const isSpreading = kind === 'probing' && proof.kind === 'refused';
  const attempts = isSpreading ? Math.min(before + 1, spreadsSlowlyAfter) : before + 1;
  const code = proof.kind === 'unknown' ? proof.code : `key-${proof.kind}`;
  const isOldKey = kind === 'rolling-back' || kind === 'cancelling';
  const unclear = code === quotaUsedUp ? 'quota-used-up' : 'endpoint-unclear';
  const reason = proof.kind === 'refused' && !isOldKey ? 'new-key-spreading' : unclear;
  const forMs =
    isSpreading && attempts === spreadsSlowlyAfter
      ? spreadingPauseMs
      : backoffMs('rotation', attempts, random, askedPauseMs(proof));
  return { tried: { attempts, lastFailure: { code, atMs: nowMs } }, rest: { reason, forMs } } as const;
}
