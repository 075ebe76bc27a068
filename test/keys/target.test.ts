import { expect, it } from 'vitest';
import { secretNames, secretParts } from '../../src/keys/target.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

it('names each part of a target once, keys first and what names them last', () => {
  expect(secretParts).toEqual(['key1', 'key2', 'endpoint', 'pointer', 'direct']);
  const { layout } = buildTarget({ layout: { kind: 'direct', directSecretName: 'direct-value' } });
  expect(secretNames(buildTarget({ layout }))).toEqual({
    key1: 'ai-services-key1',
    key2: 'ai-services-key2',
    endpoint: 'ai-services-endpoint',
    pointer: 'ai-services-active-key',
    direct: 'direct-value',
  });
  expect(secretNames(buildTarget()).direct).toBe(null);
});
