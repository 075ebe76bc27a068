import type { TokenCredential } from '@azure/core-auth';

/**
 * `inner`, asked for `scope` whatever a client asks for: some clients know the public cloud's scope alone
 * (`@azure/eventgrid` 5.12 and `@azure/ai-text-analytics` 5.1 fix it), and a sovereign cloud gives no token for that.
 */
export function scopedCredential(inner: TokenCredential, scope: string): TokenCredential {
  return { getToken: (_scopes, options) => inner.getToken(scope, options) };
}
