import { type Cause, noCause } from '../hardening-refusals.ts';
import type { Stepped } from '../run-hardening.ts';
import type { NetworkEnd, NetworkWait } from './network-reasons.ts';
import type { NetworkChangeState, NetworkState } from './network-state.ts';

export type Change = NetworkChangeState;
export type Phase<K extends Change['phase']['kind']> = Extract<Change['phase'], { kind: K }>;

/** Before a look at what Azure was just given, or at a proof that began in vain, milliseconds. */
export const proveAgainMs = 5_000;
/** A change that was handed over so often and never shows is refused in a way that only the operation would tell. */
export const mostSends = 20;
/** The former rules are put back when the proof has not succeeded by then. */
export const longestPublicAccessChangeMs = 5 * 60_000;
export const restoreAgainMs = 10_000;

/** Consumers of the account were shut out, or nobody can tell: the former rules come back. */
export function restoringFrom(
  { from, to }: Phase<'closing'>,
  cause: Cause,
  sinceMs: number,
  reason: Phase<'restoring'>['reason'] = 'shut-out',
): Phase<'restoring'> {
  return { kind: 'restoring', from, to, sinceMs, reason, ...cause };
}

/** Comes again in `forMs`, or later: see `Stepped`. */
export function wait(
  state: NetworkState,
  change: Change,
  reason: NetworkWait,
  forMs: number,
  cause: Cause = noCause,
  as: 'retry' | 'bounded' | 'planned' = 'retry',
): Stepped<NetworkState> {
  const waitingFor = { reason, ...cause };
  return { kind: 'rest', state: { ...state, change: { ...change, waitingFor } }, forMs, as };
}

/** The change is over. */
export function end(
  state: NetworkState,
  change: Change,
  how: NetworkEnd,
  endedAtMs: number,
  cause: Cause = noCause,
): Stepped<NetworkState> {
  const { id, askedBy, askedAtMs, request, done, phase } = change;
  const at = phase.kind === 'working' ? (phase.first?.kind ?? null) : 'set-network-rules';
  const closedNow = request.mode === 'public' ? null : (state.closedSinceMs ?? endedAtMs);
  // A change that was not applied leaves public access as it was.
  const closedSinceMs = how === 'applied' ? closedNow : state.closedSinceMs;
  return {
    kind: 'done',
    state: {
      ...state,
      change: null,
      closedSinceMs,
      last: { id, askedBy, askedAtMs, endedAtMs, end: how, at, ...cause, done },
    },
  };
}
