import type { TokenReach } from '../../hardening/network/ports.ts';
import type { TokenProbe } from '../../keys/ports.ts';

/** What a call with Keyturn's token says of the way to an account: whatever is no success is no way. */
export function reachByToken(probe: TokenProbe): TokenReach {
  return {
    async call(account) {
      const answer = await probe.call(account);
      if (answer.kind === 'accepted') return answer;
      const action = answer.kind === 'denied' && answer.action !== undefined ? { action: answer.action } : {};
      return { kind: 'not-reached', code: answer.kind === 'unknown' ? answer.code : answer.kind, ...action };
    },
  };
}
