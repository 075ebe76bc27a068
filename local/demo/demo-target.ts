import { defaultSubscriptionId } from '../simulated-azure/default-world.ts';

/** What the consumers promise, and the target states; as short as can be watched. The overlap is exactly what the four of them need. */
export const promises = {
  pointerCacheMs: 1_000,
  keyCacheMs: 1_000,
  longestRequestMs: 3_000,
  overlapMs: 6_000,
} as const;

const accounts = `/subscriptions/${defaultSubscriptionId}/resourceGroups/rg-ai102-challenge09/providers/Microsoft.CognitiveServices/accounts`;

const policy = {
  pointerCache: `${promises.pointerCacheMs / 1000}s`,
  keyCache: `${promises.keyCacheMs / 1000}s`,
  longestRequest: `${promises.longestRequestMs / 1000}s`,
  overlap: `${promises.overlapMs / 1000}s`,
  // Longer than the simulated gateway takes to spread a new key.
  newKeyProof: { acceptances: 5, spread: '3s' },
  rotateEvery: '60d',
} as const;

/** The account of the default world whose rotation is shown. */
export const demoTarget = {
  name: 'ai-secure-demo',
  accountId: `${accounts}/ai-secure-demo`,
  vault: 'kv-ai102-secure',
  ...policy,
} as const;

/** An application that cannot read its account's vault: it has the key itself, in a vault of its own. */
export const demoCopy = {
  name: 'web',
  kind: 'key-vault-secret',
  vault: 'kv-contoso-web',
  secretName: 'ai-key',
} as const;

/** The other account of the default world: nobody follows its pointer, and a copy of its key is declared. */
export const copiedTarget = {
  name: 'openai-secure-demo',
  accountId: `${accounts}/openai-secure-demo`,
  vault: 'kv-openai-secure',
  ...policy,
  copies: [{ ...demoCopy, cache: `${promises.keyCacheMs / 1000}s` }],
} as const;

/** The target's secrets; `ai-services` is the prefix of the one target of a vault. */
export const demoSecrets = {
  key1: 'ai-services-key1',
  key2: 'ai-services-key2',
  endpoint: 'ai-services-endpoint',
  pointer: 'ai-services-active-key',
} as const;
