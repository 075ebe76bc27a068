import type { TokenCredential } from '@azure/core-auth';
import { FailureError, notApplied } from '../../shared/failure.ts';

/**
 * The tokens of a managed identity, and of nothing else: no environment, no CLI, no fallback that could change whose
 * rights are used. Throws `FailureError`; the SDK's own message stays inside, since it may hold what the identity endpoint
 * answered:
 * - `refused`, `identity-not-found`: the endpoint says that there is no such identity
 * - `not-applied`, `token-unavailable`: anything else
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

/** `inner`, with every failure to get a token turned into a `FailureError`. */
export function tokensOrFailure(inner: TokenCredential): TokenCredential {
  return {
    async getToken(scopes, options) {
      try {
        const token = await inner.getToken(scopes, options);
        if (token !== null) return token;
      } catch (error) {
        // The SDK's own errors are of many classes, but none of these: a fault of the code.
        if (error instanceof FailureError || error instanceof TypeError || error instanceof ReferenceError) throw error;
        if (saysNoIdentity(error))
          throw new FailureError({ kind: 'refused', reason: 'identity-not-found', code: 'identity-not-found' });
      }
      throw notApplied('token-unavailable');
    },
  };
}

/**
 * What the identity endpoints answer with 400 if no identity of the given id is assigned, or several are and none was
 * named: App Service in three forms over the years (Azure-Samples/azure-search-openai-demo#2148,
 * Azure/azure-sdk-for-net#43691, MicrosoftDocs/azure-docs#43543), virtual machines in one (Azure/azure-sdk-for-net#37278).
 */
const noIdentity =
  /No User Assigned or Delegated Managed Identity found|Unable to load the proper Managed Identity|No MSI found for specified|Identity not found/i;

/** The SDK wraps the endpoint's answer once, and gives its status no other way. */
function saysNoIdentity(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : null;
  return cause !== null && 'status' in cause && cause.status === 400 && noIdentity.test(cause.message);
}

/**
 * `inner`, asked for `scope` whatever a client asks for: some clients know only the public cloud's scope
 * (`@azure/eventgrid` 5.12 and `@azure/ai-text-analytics` 5.1 fix it), and a sovereign cloud gives no token for that.
 */
export function scopedCredential(inner: TokenCredential, scope: string): TokenCredential {
  return { getToken: (_scopes, options) => inner.getToken(scope, options) };
}
