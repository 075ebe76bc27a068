import { hostKindOf } from './account-hosts.ts';
import { accountKind } from './account-kinds.ts';
import type { ProbeAnswer, ProbedAccount } from './ports.ts';
import { type ProbeCall, type ProbeName, probeCalls } from './probe-calls.ts';

/** The code of a call that was not made: no call is known that proves a key or token of this kind at this endpoint. */
export const kindNotProbeable = 'kind-not-probeable';

type Place = Pick<ProbedAccount, 'kind' | 'endpoint'>;

/** The call that tells whether an account accepts a key; null: none is known. */
export function keyCall({ kind, endpoint }: Place): ProbeCall | null {
  const { key } = accountKind(kind) ?? { key: null };
  const host = hostKindOf(endpoint);
  if (key === null || 'probe' in key || host === null) return null;
  const name: ProbeName | undefined = key[host];
  return name === undefined ? null : { name, ...probeCalls[name] };
}

/** The call that tells whether an account accepts a token; null: none is known. */
export function tokenCall(place: Place): ProbeCall | null {
  return accountKind(place.kind)?.token === 'as-key' ? keyCall(place) : null;
}

/** How long an answer asks its caller to wait; null: it does not say. */
export function askedPauseMs(answer: ProbeAnswer): number | null {
  return answer.kind === 'unknown' ? (answer.retryAfterMs ?? null) : null;
}
