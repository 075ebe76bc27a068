import { type ProbeAnswer, quotaUsedUp, type TokenAnswer } from '../../keys/ports.ts';
import { type Cause, causeIn, noCause } from '../hardening-refusals.ts';

/** What an answer of the account's endpoint says that it should not if keys are off, and the code of that. */
export interface Doubt {
  readonly reason: 'token-not-accepted' | 'key-still-accepted' | 'quota-used-up' | 'endpoint-unclear';
  readonly cause: Cause;
}

/** Why an answer does not show that the token is accepted; null: it does. */
export function doubtOfToken(answer: TokenAnswer): Doubt | null {
  switch (answer.kind) {
    case 'accepted':
      return null;
    case 'unknown':
      return isRefusal(answer.code)
        ? { reason: 'token-not-accepted', cause: { code: answer.code } }
        : unclear(answer.code);
    default: {
      const action = answer.kind === 'denied' ? answer.action : undefined;
      return { reason: 'token-not-accepted', cause: causeIn({ code: answer.kind, action }) };
    }
  }
}

/** Why an answer does not show that the key is refused; null: it does. */
export function doubtOfRefusal(answer: ProbeAnswer): Doubt | null {
  if (answer.kind === 'accepted') return { reason: 'key-still-accepted', cause: noCause };
  return answer.kind === 'refused' || isRefusal(answer.code) ? null : unclear(answer.code);
}

/**
 * A 401 or 403 of another text than the recorded ones: Azure OpenAI says 403 to a key if keys are off. Of a used-up quota the
 * probes give another code.
 */
function isRefusal(code: string): boolean {
  return /^http-40[13]$/.test(code);
}

/** No answer, a throttle or an outage says nothing of a key or token. */
function unclear(code: string): Doubt {
  return { reason: code === quotaUsedUp ? 'quota-used-up' : 'endpoint-unclear', cause: { code } };
}
