import { type IssuedToken, issueToken } from '../../local/simulated-azure/entra/issue-token.ts';
import type { SimulatedAzure } from '../../local/simulated-azure/simulated-azure.ts';
import type { Principal } from '../../local/simulated-azure/world.ts';

/** So long before its end Azure's credentials ask for the next one: MSAL's `DEFAULT_TOKEN_RENEWAL_OFFSET_SEC`. */
const renewBeforeSeconds = 300;

/** An identity's tokens by audience, kept in simulated time as credentials keep them in real time. */
export function rememberedTokens(azure: SimulatedAzure, principal: Principal): (audience: string) => Promise<string> {
  const kept = new Map<string, IssuedToken>();
  return async (audience) => {
    const before = kept.get(audience);
    if (before !== undefined && azure.clock.nowMs() / 1000 < before.expiresOn - renewBeforeSeconds) return before.token;
    const issued = await issueToken(azure, { principal, audience });
    kept.set(audience, issued);
    return issued.token;
  };
}
