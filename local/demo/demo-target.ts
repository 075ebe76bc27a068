import { defaultApiClientId, defaultSubscriptionId } from '../simulated-azure/default-world.ts';
import type { World } from '../simulated-azure/world.ts';
import { demoWorkspace } from './demo-world.ts';

/** What the consumers promise, and the target states; as short as can be watched. The overlap is exactly what the four of them need. */
export const promises = {
  pointerCacheMs: 1_000,
  keyCacheMs: 1_000,
  longestRequestMs: 3_000,
  overlapMs: 6_000,
} as const;

/** The account of the default world that is rotated. */
export const demoTarget = {
  name: 'ai-secure-demo',
  accountId: `/subscriptions/${defaultSubscriptionId}/resourceGroups/rg-ai102-challenge09/providers/Microsoft.CognitiveServices/accounts/ai-secure-demo`,
  vault: 'kv-ai102-secure',
  pointerCache: `${promises.pointerCacheMs / 1000}s`,
  keyCache: `${promises.keyCacheMs / 1000}s`,
  longestRequest: `${promises.longestRequestMs / 1000}s`,
  overlap: `${promises.overlapMs / 1000}s`,
  // Longer than the simulated gateway takes to spread a new key.
  newKeyProof: { acceptances: 5, spread: '3s' },
  rotateEvery: '60d',
} as const;

/** The target's secrets; `ai-services` is the prefix of the one target of a vault. */
export const demoSecrets = {
  key1: 'ai-services-key1',
  key2: 'ai-services-key2',
  endpoint: 'ai-services-endpoint',
  pointer: 'ai-services-active-key',
} as const;

/** The app's settings, as they would stand in the function app's configuration. */
export function demoSettings({ tenantId, cloud = 'public' }: World): Record<string, string> {
  return {
    KEYTURN_CLOUD: cloud,
    KEYTURN_TENANT_ID: tenantId,
    KEYTURN_API_CLIENT_ID: defaultApiClientId,
    KEYTURN_INSTANCE: 'func-keyturn',
    KEYTURN_AUDIT_WORKSPACE: demoWorkspace.customerId,
    KEYTURN_TARGETS: JSON.stringify([demoTarget]),
  };
}
