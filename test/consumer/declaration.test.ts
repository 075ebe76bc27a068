/** What the kit says to declare is taken by Keyturn's settings, and makes the overlap long enough for it. */
import { expect, it } from 'vitest';
import { declarationOf } from '../../consumer/src/declaration.ts';
import { consumersHoldMs } from '../../src/keys/target.ts';
import { toTarget } from '../../src/targets/declared-targets.ts';
import { targetSchema } from '../../src/targets/target-schema.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const minuteMs = 60_000;

it.each([
  [30 * minuteMs, 10 * minuteMs, '30m', '10m'],
  [90_000, 2 * 60 * minuteMs, '90s', '2h'],
  [10_001.5, 1, '10002ms', '1ms'],
])('a cache of %d ms and requests of %d ms are %s and %s, and held for', (cacheMs, requestMs, cache, request) => {
  const declared = declarationOf(cacheMs, requestMs);
  expect(declared).toEqual({ pointerCache: cache, keyCache: cache, snapshotReads: true, longestRequest: request });
  const target = targetSchema.parse({
    name: 'demo',
    accountId: buildTarget().account.armId,
    vault: 'kv-contoso',
    rotateEvery: '90d',
    overlap: '2d',
    ...declared,
  });
  const holdMs = consumersHoldMs(toTarget(target, 'https://kv-contoso.vault.azure.net', 'ai-services'));
  expect(holdMs).toBe(Math.ceil(cacheMs) + requestMs + 1_000);
});

it('with the defaults of both, nothing has to be declared', () => {
  const { policy } = buildTarget();
  expect(policy.pointerCacheMs).toBeGreaterThanOrEqual(30 * minuteMs);
  expect(policy.keyCacheMs).toBeGreaterThanOrEqual(30 * minuteMs);
});
