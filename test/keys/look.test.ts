import { describe, expect, it } from 'vitest';
import { seeCurrency, seeRegenerate } from '../../src/keys/key-fingerprints.ts';
import type { Fingerprint } from '../../src/shared/fingerprint.ts';

const fingerprints = (key1: string, key2: string) => ({ key1: key1 as Fingerprint, key2: key2 as Fingerprint });

describe('a look after a regenerate of key2', () => {
  for (const [says, now, seen] of [
    ['both keys unchanged: not applied', fingerprints('a', 'b'), { kind: 'not-applied' }],
    ['key2 changed: applied', fingerprints('a', 'c'), { kind: 'applied', newFingerprint: 'c' }],
    ['key1 changed: somebody else', fingerprints('x', 'b'), { kind: 'somebody-else' }],
    ['both changed: somebody else', fingerprints('x', 'c'), { kind: 'somebody-else' }],
  ] as const)
    it(says, () => expect(seeRegenerate('key2', fingerprints('a', 'b'), now)).toEqual(seen));
});

describe('a key that is to be stored', () => {
  for (const [says, now, seen] of [
    ['is current when the account lists it', fingerprints('a', 'new'), 'current'],
    ['is awaited while the account lists the one from before', fingerprints('a', 'old'), 'stale'],
    ['is a surprise when the account lists a third', fingerprints('a', 'third'), 'third'],
  ] as const)
    it(says, () => expect(seeCurrency('key2', 'new' as Fingerprint, 'old' as Fingerprint, now)).toBe(seen));
});
