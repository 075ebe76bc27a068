import type { KeyProbe, TokenProbe } from './ports.ts';
import type { Target } from './target.ts';

/** The code of a call that was not made: the target's settings keep Keyturn off the account's endpoint. */
export const notCalledCode = 'control-plane-only';

/** Answers for keys and for tokens, without calling anybody. */
const uncalled = { call: async () => ({ kind: 'unknown', code: notCalledCode }) as const } satisfies KeyProbe &
  TokenProbe;

/** Whether a target's policy lets Keyturn call the account's own endpoint. */
export function mayCallEndpoint({ policy }: Target): boolean {
  return policy.probe === 'data-plane';
}

/**
 * `probe` as the target's policy allows: of a `control-plane-only` target every call is answered `unknown` with
 * `notCalledCode`, and nothing is sent. Anybody who opens ports for one target goes through here.
 */
export function allowedCalls<Probe extends KeyProbe | TokenProbe>(
  target: Target,
  probe: Probe,
): Probe | typeof uncalled {
  return mayCallEndpoint(target) ? probe : uncalled;
}
