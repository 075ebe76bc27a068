import type { TokenCredential } from '@azure/core-auth';
import { FailureError } from '../shared/failure.ts';

/**
 * The tokens of a managed identity, and of nothing else: no environment, no CLI, no fallback that could change whose
 * rights are used. Any failure to get one is `not-applied` with the code `token-unavailable`: the SDK's own message
 * may hold what the identity endpoint answered.
 * @param clientId the client id of a user-assigned identity; null means the system-assigned one
 */
export function credential(clientId: string | null): TokenCredential {
  let identity: Promise<TokenCredential> | undefined;
  return tokensOrFailure({
    async getToken(scopes, options) {
      identity ??= managedIdentity(clientId);
      return await (await identity).getToken(scopes, options);
    },
  });
}

// Loaded when the first token is asked for: the package takes longer to load than the whole app.
async function managedIdentity(clientId: string | null): Promise<TokenCredential> {
  const { ManagedIdentityCredential } = await import('@azure/identity');
  return clientId === null ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
}

/** `inner`, with every failure turned into a `FailureError`. */
export function tokensOrFailure(inner: TokenCredential): TokenCredential {
  return {
    async getToken(scopes, options) {
      try {
        const token = await inner.getToken(scopes, options);
        if (token !== null) return token;
      } catch (error) {
        if (error instanceof FailureError) throw error;
      }
      throw new FailureError({ kind: 'not-applied', code: 'token-unavailable', retryAfterMs: null });
    },
  };
}
