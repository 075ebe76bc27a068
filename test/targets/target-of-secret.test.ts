import { expect, it } from 'vitest';
import type { Target } from '../../src/keys/target.ts';
import { targetOfSecret } from '../../src/targets/target-of-secret.ts';
import type { KnownTarget } from '../../src/targets/target-source.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const one = buildTarget();
const two = buildTarget({
  name: 'two',
  prefix: 'speech',
  layout: { kind: 'direct', directSecretName: 'Consumer-Key' },
});
const knownOf = (target: Target): KnownTarget => ({ target, origin: 'declared', blocked: null });
const targets = [one, two].map(knownOf);
const vault = 'kv-ai102-secure';

it.each<[string, string, string, unknown]>([
  ['a key secret', vault, 'ai-services-key2', { kind: 'found', known: knownOf(one), role: 'key2' }],
  [
    'a key secret in other cases',
    'KV-AI102-Secure',
    'SPEECH-KEY1',
    { kind: 'found', known: knownOf(two), role: 'key1' },
  ],
  ['the direct-value secret', vault, 'consumer-key', { kind: 'found', known: knownOf(two), role: 'direct' }],
  ['a pointer', vault, 'speech-active-key', { kind: 'found', known: knownOf(two), role: 'pointer' }],
  ['an endpoint', vault, 'ai-services-endpoint', { kind: 'found', known: knownOf(one), role: 'endpoint' }],
  ["a stranger's secret", vault, 'database', { kind: 'secret-unknown' }],
  ["a secret of no target's layout", vault, 'ai-services-key', { kind: 'secret-unknown' }],
  ['another vault', 'kv-other', 'ai-services-key1', { kind: 'vault-unknown' }],
])('%s belongs where its names say', (_, inVault, secret, expected) => {
  expect(targetOfSecret(targets, inVault, secret)).toEqual(expected);
});
