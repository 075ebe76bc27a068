import { expect, it } from 'vitest';
import { consumersHoldMs, pointerHoldMs } from '../../src/keys/target.ts';
import { isInactiveSecretRead } from '../../src/keys/vault-snapshot.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const direct = { kind: 'direct', directSecretName: 'ai-services-key' } as const;
const policy = (hours: number) => ({
  pointerCacheMs: hours * hourMs,
  keyCacheMs: 2 * minuteMs,
  longestRequestMs: 3_000,
});
const byPointerMs = (hours: number) => hours * hourMs + 2 * minuteMs + 3_000 + 1_000;

it.each([
  ['both caches, the longest request and a second', buildTarget({ policy: policy(1) }), byPointerMs(1)],
  ['a day and two hours by the direct value', buildTarget({ policy: policy(1), layout: direct }), 26 * hourMs],
  ['longer if caches are', buildTarget({ policy: policy(30), layout: direct }), byPointerMs(30)],
])('a consumer holds a key for %s', (_, target, expected) => {
  expect(consumersHoldMs(target)).toBe(expected);
  expect(pointerHoldMs(target.policy)).toBe(byPointerMs(target.policy.pointerCacheMs / hourMs));
});

const status = (ageMs: number) => ({
  ...{ kind: 'stored' as const, version: 'p1', value: 'key1', tags: {}, contentType: null },
  createdAtMs: 10 * hourMs - ageMs,
});
it.each([
  ['while the pointer is younger than its cache', status(hourMs), null, true],
  ['within the margin after that', status(hourMs + 1_999), null, true],
  ['not once every cached pointer is over', status(hourMs + 2_000), null, false],
  ['if an old version was first seen a moment ago', status(9 * hourMs), 10 * hourMs - 1_000, true],
  ['not if it was seen long ago', status(9 * hourMs), hourMs, false],
  ['if its date is younger than what was seen', status(1_000), hourMs, true],
  ['not without a pointer', { kind: 'absent' as const }, null, false],
])('the inactive secret is read %s', (_, pointer, seenSinceMs, expected) => {
  expect(
    isInactiveSecretRead({ pointer, vaultNowMs: 10 * hourMs }, buildTarget({ policy: policy(1) }).policy, seenSinceMs),
  ).toBe(expected);
});
